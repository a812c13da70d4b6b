//! What ranks tell each other before anything else: whether they all do the same, and can.

use std::convert::Infallible;
use std::fmt::Display;

use crate::error::Error;
use crate::exchange::Exchange;
use crate::logit::KINDS;

/// Bytes that each rank sends for an agreement.
pub const AGREEMENT: usize = 36;

/// The first bytes: other versions of this crate may have other messages.
const FORMAT: [u8; 4] = *b"SDM1";

/// So much of a message is sent.
const LONGEST: usize = 1000;

/// What stands for the length of the message of a rank that has not failed.
const FINE: u32 = u32::MAX;

/// What all do.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    Agree,
    Stats,
    Softmax,
    LogSoftmax,
    CrossEntropy,
}

/// Their names, by their numbers.
const CALLS: [&str; 5] = ["agree", "stats", "softmax", "log_softmax", "cross_entropy"];

/// What a rank brings to a call.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub call: Call,
    /// Of the logits, as a number.
    pub kind: u8,
    pub rows: usize,
    /// Those of this rank.
    pub columns: usize,
    /// A hash of the targets.
    pub targets: u64,
}

impl Part {
    const NOTHING: Part = Part { call: Call::Agree, kind: 0, rows: 0, columns: 0, targets: 0 };
}

/// Ends a step that each rank does by itself: gives out what it has come to if that is so on all ranks, and on all of them
/// an error if one of them has one.
///
/// For what may fail on one rank, or has: while one of them agrees with an error, the others may be in any call of this
/// crate, which returns it.
///
/// ```
/// use simdact_mpi::{Alone, agree};
///
/// let batch: Vec<f32> = agree(&Alone, Ok::<_, String>(vec![0.0])).expect("all have read theirs");
/// let error = agree(&Alone, std::fs::read("no such file")).expect_err("this rank has not");
/// assert!(error.to_string().starts_with("rank 0 failed: No such file"));
/// ```
///
/// # Errors
/// [`Error::Failed`] where a rank has an error, on all of them; [`Error::Disagreement`] where this one has not and others
/// do something else; [`Error::Exchange`].
pub fn agree<T, E: Display>(exchange: &impl Exchange, result: Result<T, E>) -> Result<T, Error> {
    let (mine, value) = match result {
        Ok(value) => (Ok(Part::NOTHING), Ok(value)),
        Err(error) => {
            (Err(error.to_string()), Err(Error::Failed { rank: exchange.rank(), message: error.to_string() }))
        }
    };
    parts(exchange, mine)?;
    value
}

/// Makes the next call of all other ranks, whichever it is, an error, as [`agree`] with one does.
///
/// Returns what they return.
pub fn fail(exchange: &impl Exchange, message: impl Display) -> Error {
    match agree(exchange, Err::<Infallible, _>(message)) {
        Ok(nothing) => match nothing {},
        Err(error) => error,
    }
}

/// What this rank brings, and the numbers of columns that all do, if all can take part and do the same.
pub(crate) fn parts(exchange: &impl Exchange, mine: Result<Part, String>) -> Result<(Part, Vec<usize>), Error> {
    let message = mine.as_ref().err().map(|message| &message.as_bytes()[..message.len().min(LONGEST)]);
    let mut all = vec![0; AGREEMENT * exchange.size()];
    exchange.all_gather(&encode(&mine, message), &mut all).map_err(Error::Exchange)?;
    let records = all.chunks_exact(AGREEMENT).map(decode).collect::<Vec<_>>();

    // All know who has failed, and so that there is another message, and how long it is.
    let lengths = records.iter().map(|record| if record.format == FORMAT { record.message } else { None });
    if let Some(longest) = lengths.clone().flatten().max() {
        let mut mine = message.unwrap_or_default().to_vec();
        mine.resize(longest, 0);
        let mut all = vec![0; longest * exchange.size()];
        if longest > 0 {
            exchange.all_gather(&mine, &mut all).map_err(Error::Exchange)?;
        }
        for (rank, length) in lengths.enumerate() {
            if let Some(message) = length.and_then(|length| all.get(rank * longest..)?.get(..length)) {
                return Err(Error::Failed { rank, message: String::from_utf8_lossy(message).into_owned() });
            }
        }
    }

    let name = |names: &[&str], number: u8| names.get(usize::from(number)).unwrap_or(&"?").to_string();
    let facts = |record: &Record| {
        [
            ("the version of their messages", record.format.escape_ascii().to_string()),
            ("the call", name(&CALLS, record.call)),
            ("the type of the logits", name(&KINDS, record.kind)),
            ("the number of rows", record.rows.to_string()),
            ("a hash of the targets", format!("{:016x}", record.targets)),
        ]
    };
    let expected = records.first().map(facts);
    for (rank, record) in records.iter().enumerate() {
        for ((what, found), (_, expected)) in facts(record).into_iter().zip(expected.clone().into_iter().flatten()) {
            if found != expected {
                return Err(Error::Disagreement { rank, what, found, expected });
            }
        }
    }
    let mine = mine.map_err(|message| Error::Failed { rank: exchange.rank(), message })?;
    Ok((mine, records.iter().map(|record| record.columns.try_into().unwrap_or(usize::MAX)).collect()))
}

/// What a message holds.
struct Record {
    format: [u8; 4],
    call: u8,
    kind: u8,
    rows: u64,
    columns: u64,
    targets: u64,
    /// The length of the message that follows, if the rank has failed.
    message: Option<usize>,
}

fn encode(part: &Result<Part, String>, message: Option<&[u8]>) -> [u8; AGREEMENT] {
    let Part { call, kind, rows, columns, targets } = *part.as_ref().unwrap_or(&Part::NOTHING);
    let message = message.map_or(FINE, |message| message.len() as u32);
    let numbers = [rows as u64, columns as u64, targets].map(u64::to_le_bytes);
    let fields = FORMAT.into_iter().chain([call as u8, kind, 0, 0]).chain(numbers.into_iter().flatten());
    let mut bytes = [0; AGREEMENT];
    bytes.iter_mut().zip(fields.chain(message.to_le_bytes())).for_each(|(byte, field)| *byte = field);
    bytes
}

fn decode(bytes: &[u8]) -> Record {
    fn field<const N: usize>(bytes: &mut impl Iterator<Item = u8>) -> [u8; N] {
        std::array::from_fn(|_| bytes.next().unwrap_or(0))
    }
    let bytes = &mut bytes.iter().copied();
    let (format, [call, kind, _, _]) = (field(bytes), field(bytes));
    let [rows, columns, targets] = std::array::from_fn(|_| u64::from_le_bytes(field(bytes)));
    let message = u32::from_le_bytes(field(bytes));
    let message = (message != FINE).then_some((message as usize).min(LONGEST));
    Record { format, call, kind, rows, columns, targets, message }
}
