//! The names of the backends and of activations, and who is there.

use arbitrary::{Arbitrary, Result, Unstructured};
use simdact::{Activation, Backend, Error, Kernels, UnknownBackend};

const ALL: [Backend; 5] = [Backend::Scalar, Backend::Portable, Backend::Avx2, Backend::Avx512, Backend::Neon];

/// Some text, and a field that a name is written into.
#[derive(Debug, Arbitrary)]
pub struct NamesCase<'a> {
    backend: Name,
    width: u8,
    precision: u8,
    activation: NameOfActivation,
    text: Text<'a>,
}

/// Any name that is displayed, and what is done to it.
#[derive(Debug, Arbitrary)]
struct NameOfActivation {
    which: u8,
    /// There is cut, and text comes between.
    at: u8,
    parameter: f32,
}

#[derive(Debug)]
struct Name(Backend);

impl<'a> Arbitrary<'a> for Name {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Name> {
        u.choose(&ALL).copied().map(Name)
    }
}

#[derive(Debug, Arbitrary)]
enum Text<'a> {
    /// The backend's name, in which the bits choose the capitals, between other texts, mostly spaces.
    Name {
        capitals: u8,
        before: Space,
        after: Space,
    },
    Any(&'a str),
}

/// White space, or a letter.
#[derive(Debug)]
struct Space(&'static str);

impl<'a> Arbitrary<'a> for Space {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Space> {
        u.choose(&["", " ", "\n", "\t \r", "\u{2003}", "\u{200b}", "_", "x"]).copied().map(Space)
    }
}

impl NamesCase<'_> {
    pub fn check(&self) {
        let Name(backend) = self.backend;
        let name = backend.name();
        let capital =
            |capitals: u8, (i, c): (usize, char)| if capitals >> i & 1 == 1 { c.to_ascii_uppercase() } else { c };
        let text = match self.text {
            Text::Any(text) => text.to_string(),
            Text::Name { capitals, before: Space(before), after: Space(after) } => {
                let name: String = name.chars().enumerate().map(|c| capital(capitals, c)).collect();
                format!("{before}{name}{after}")
            }
        };
        let found = ALL.into_iter().find(|backend| text.trim().to_ascii_lowercase() == backend.name());
        assert_eq!(text.parse(), found.ok_or(UnknownBackend), "{text:?}");

        let NameOfActivation { which, at, parameter } = self.activation;
        let activation = Activation::ALL[usize::from(which) % Activation::ALL.len()];
        let name = activation.to_string();
        assert_eq!(name.parse(), Ok(activation));
        let (before, after) = name.split_at(usize::from(at) % name.len());
        for text in [&text, &format!("{before}{text}{after}"), &format!("{}({parameter})", activation.name())] {
            match text.parse::<Activation>() {
                // NaN is not equal to itself.
                Ok(activation) => {
                    let again = activation.to_string().parse::<Activation>().map(|again| again.to_string());
                    assert_eq!(again, Ok(activation.to_string()), "{text:?}");
                }
                Err(error) => assert!(!error.to_string().is_empty(), "{text:?}"),
            }
        }

        // A name is written as any text is.
        let name = backend.name();
        let (width, precision) = (self.width.into(), self.precision.into());
        assert_eq!(format!("{backend:*^width$.precision$}"), format!("{name:*^width$.precision$}"));

        let available = Backend::available().any(|other| other == backend);
        assert_eq!(backend.is_available(), available, "{backend}");
        match Kernels::on(backend) {
            Ok(kernels) => assert!(available && kernels.backend() == backend && kernels.serial().backend() == backend),
            Err(error) => assert!(!available && error == Error::Unavailable { backend }, "{backend}: {error}"),
        }
    }
}
