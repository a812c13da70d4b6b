//! Activations by name.

use core::fmt;
use core::str::FromStr;

use super::Activation;

/// simdact's name, with the parameters: `gelu`, `leaky_relu(0.01)`, `softplus(1, 20)`. Parsing it gives the same
/// activation.
impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let (mut activation, mut opened, mut result) = (*self, false, Ok(()));
        activation.each_parameter(|_, value| {
            let before = if opened { ", " } else { "(" };
            opened = true;
            result = result.and_then(|()| write!(f, "{before}{value}"));
        });
        result?;
        if opened { f.write_str(")") } else { Ok(()) }
    }
}

/// From simdact's, PyTorch's or ONNX's name, whose case counts: `Hardsigmoid` is PyTorch's and `HardSigmoid` ONNX's.
/// Parameters follow in parentheses, in their order or by name, and those that are not given are the default ones:
/// `elu`, `ELU()`, `elu(0.5)`, `ELU(alpha=0.5)`.
///
/// PReLU with one slope is `leaky_relu`: `prelu`, `PReLU` and `PRelu` give that, with PyTorch's first slope, 0.25, where
/// none is given. For a slope for each channel there is [`prelu`](crate::prelu).
impl FromStr for Activation {
    type Err = UnknownActivation;

    fn from_str(text: &str) -> Result<Activation, UnknownActivation> {
        let text = text.trim();
        // Whole, since some of PyTorch's names have parentheses themselves.
        if let Some(activation) = by_name(text) {
            return Ok(activation);
        }
        let Some((name, rest)) = text.split_once('(') else {
            return Err(UnknownActivation(Reason::Name(Near::to(text))));
        };
        let name = name.trim_end();
        let mut activation = by_name(name).ok_or_else(|| UnknownActivation(Reason::Name(Near::to(name))))?;
        let error = |reason| UnknownActivation(Reason::Parameter(activation, reason));
        let inside = rest.strip_suffix(')').ok_or(error("`)` is missing at the end"))?.trim();
        if !inside.is_empty() {
            let mut parameters = activation;
            for (place, parameter) in inside.split(',').enumerate() {
                let (name, value) = match parameter.split_once('=') {
                    Some((name, value)) => (Some(name.trim()), value),
                    None => (None, parameter),
                };
                let value = value.trim().parse().map_err(|_| error("a parameter is not a number"))?;
                let (mut at, mut known) = (0, false);
                parameters.each_parameter(|names, parameter| {
                    if name.map_or(at == place, |name| names.contains(&name)) {
                        (*parameter, known) = (value, true);
                    }
                    at += 1;
                });
                if !known {
                    return Err(error("it has no such parameter"));
                }
            }
            activation = parameters;
        }
        Ok(activation)
    }
}

impl Activation {
    /// simdact's name, without parameters.
    pub const fn name(&self) -> &'static str {
        match self.names() {
            [name, ..] => name,
            [] => "",
        }
    }
}

/// The activation that has this among its names, with the default parameters.
fn by_name(name: &str) -> Option<Activation> {
    if PRELU.contains(&name) {
        return Some(Activation::LeakyRelu { slope: 0.25 });
    }
    Activation::ALL.iter().find(|activation| activation.names().contains(&name)).copied()
}

/// PyTorch's and ONNX's PReLU, which is no activation of its own where it has one slope.
const PRELU: [&str; 3] = ["prelu", "PReLU", "PRelu"];

/// Why a text is no [`Activation`]. The message lists the names that are near.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownActivation(Reason);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Reason {
    Name(Near),
    Parameter(Activation, &'static str),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Reason::Name(Near([None, ..])) => {
                f.write_str("no such activation; there are ")?;
                list(f, Activation::ALL.iter().map(Activation::name))
            }
            Reason::Name(Near(names)) => {
                f.write_str("no such activation; near it are ")?;
                list(f, names.into_iter().flatten())
            }
            Reason::Parameter(activation, what) => write!(f, "{what}; with its default parameters it is {activation}"),
        }
    }
}

fn list<'a>(f: &mut fmt::Formatter<'_>, names: impl Iterator<Item = &'a str>) -> fmt::Result {
    for (i, name) in names.enumerate() {
        write!(f, "{}{name}", if i == 0 { "" } else { ", " })?;
    }
    Ok(())
}

/// The nearest names, if any is near.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Near([Option<&'static str>; 3]);

impl Near {
    fn to(text: &str) -> Near {
        let mut near = [None; 3];
        // A third of the letters may be wrong.
        let most = letters(text).count().div_ceil(3);
        for distance in 0..=most {
            let names = Activation::ALL.iter().flat_map(|activation| activation.names()).chain(&PRELU);
            for &name in names.filter(|name| apart(text, name) == distance) {
                if let Some(free) = near.iter_mut().find(|near| near.is_none()) {
                    *free = Some(name);
                }
            }
        }
        Near(near)
    }
}

/// What counts of a name where it is asked what is near.
fn letters(name: &str) -> impl Iterator<Item = char> + Clone {
    name.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase())
}

/// How many letters must be inserted, taken away or replaced to make `name` of the text (V. Levenshtein, 1966).
fn apart(text: &str, name: &str) -> usize {
    // All names are shorter.
    const LONGEST: usize = 32;
    let mut row: [usize; LONGEST] = core::array::from_fn(|i| i);
    for (i, letter) in letters(text).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (other, j) in letters(name).zip(1..LONGEST) {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[j];
            row[j] = replaced.min(row[j] + 1).min(row[j - 1] + 1);
        }
    }
    row[letters(name).count().min(LONGEST - 1)]
}

/// As its name.
#[cfg(feature = "serde")]
impl serde::Serialize for Activation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From any of its names.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Activation {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Activation, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Activation;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an activation")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Activation, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}
