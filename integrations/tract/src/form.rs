//! Functions of one variable in a normal form, so that the many ways to write one compare as equal: sums of products of
//! the variable and of functions of such sums, with real factors.

/// A sum of products: 1/2 · x + 1/2 · x · tanh(0.79788 · x + 0.03568 · x · x · x).
///
/// The terms are sorted, no two of them have the same product, and no factor is 0.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(crate) struct Sum(Vec<Term>);

/// A factor times a product; none of the factors of which is a number.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(crate) struct Term {
    /// Sorted, an atom to the third power being there three times.
    pub product: Vec<Atom>,
    pub factor: f64,
}

#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(crate) enum Atom {
    /// The variable.
    X,
    Call(Function, Sum),
    /// min(max(of, low), high)
    Clamp {
        low: f64,
        high: f64,
        of: Sum,
    },
    /// `above` where x > at, and with `ties` where x = at as well, else `below`.
    Select {
        at: f64,
        ties: bool,
        above: Sum,
        below: Sum,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum Function {
    Abs,
    Erf,
    Exp,
    Ln,
    Recip,
    Sigmoid,
    Tanh,
}

/// How many terms and atoms are worth it: none of the functions has more.
const MOST: usize = 8;

/// Constants that differ by less than this, relatively, count as the same: 0.797885 for √(2/π), 0.166667 for 1/6.
const TOLERANCE: f64 = 1.0 / (1 << 20) as f64;

pub(crate) fn near(a: f64, b: f64) -> bool {
    // An infinite one is near itself only.
    a == b || (a - b).abs() <= TOLERANCE * a.abs().min(b.abs())
}

impl Sum {
    pub fn x() -> Sum {
        Atom::X.into()
    }

    /// A number, which must not be NaN.
    pub fn number(value: f64) -> Sum {
        Sum::from_terms(vec![Term { product: vec![], factor: value }])
    }

    pub fn terms(&self) -> &[Term] {
        &self.0
    }

    /// The one atom that this is, if it is no more than that.
    pub fn as_atom(&self) -> Option<&Atom> {
        match &self.0[..] {
            [Term { product, factor: 1.0 }] => match &product[..] {
                [atom] => Some(atom),
                _ => None,
            },
            _ => None,
        }
    }

    /// The number that this is.
    pub fn as_number(&self) -> Option<f64> {
        match &self.0[..] {
            [] => Some(0.0),
            [Term { product, factor }] if product.is_empty() => Some(*factor),
            _ => None,
        }
    }

    /// `(a, b)`, if this is a · x + b.
    pub fn as_linear(&self) -> Option<(f64, f64)> {
        let (mut a, mut b) = (0.0, 0.0);
        for term in &self.0 {
            match &term.product[..] {
                [] => b = term.factor,
                [Atom::X] => a = term.factor,
                _ => return None,
            }
        }
        Some((a, b))
    }

    /// Whether both are the same but for constants that are [`near`].
    pub fn is_near(&self, other: &Sum) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(a, b)| {
                near(a.factor, b.factor)
                    && a.product.len() == b.product.len()
                    && a.product.iter().zip(&b.product).all(|(a, b)| a.is_near(b))
            })
    }

    pub fn plus(self, other: Sum) -> Sum {
        let mut terms = self.0;
        terms.extend(other.0);
        Sum::from_terms(terms)
    }

    pub fn scaled(mut self, factor: f64) -> Sum {
        for term in &mut self.0 {
            term.factor *= factor;
        }
        Sum::from_terms(self.0)
    }

    /// The product, multiplied out; none where it is longer than any that is looked for.
    pub fn times(&self, other: &Sum) -> Option<Sum> {
        let mut terms = Vec::with_capacity(self.0.len() * other.0.len());
        for a in &self.0 {
            for b in &other.0 {
                let mut product = a.product.clone();
                product.extend(b.product.iter().cloned());
                if product.len() > MOST || terms.len() > MOST * MOST {
                    return None;
                }
                terms.push(Term { product, factor: a.factor * b.factor });
            }
        }
        let sum = Sum::from_terms(terms);
        (sum.0.len() <= MOST).then_some(sum)
    }

    pub fn power(&self, exponent: usize) -> Option<Sum> {
        (0..exponent).try_fold(Sum::number(1.0), |power, _| power.times(self))
    }

    /// The function of this, by which 1 / (1 + e⁻ˣ) is a sigmoid.
    pub fn call(self, function: Function) -> Sum {
        match function {
            Function::Recip => {
                if let [Term { product, factor }] = &self.0[..]
                    && *factor != 1.0
                {
                    let rest = Sum(vec![Term { product: product.clone(), factor: 1.0 }]);
                    let recip = if product.is_empty() { rest } else { rest.call(Function::Recip) };
                    return recip.scaled(factor.recip());
                }
                if let Some(exponent) = self.one_plus_exp() {
                    return exponent.clone().scaled(-1.0).call(Function::Sigmoid);
                }
            }
            Function::Ln => {
                if let Some(Atom::Call(Function::Sigmoid, of)) = self.as_atom() {
                    let exp = of.clone().scaled(-1.0).call(Function::Exp);
                    return Sum::number(1.0).plus(exp).call(Function::Ln).scaled(-1.0);
                }
            }
            _ => {}
        }
        Atom::Call(function, self).into()
    }

    /// min(max(self, low), high), of which one may be infinite.
    pub fn clamp(self, low: f64, high: f64) -> Sum {
        match self.as_atom() {
            _ if low == f64::NEG_INFINITY && high == f64::INFINITY => self,
            Some(Atom::Clamp { low: l, high: h, of }) => {
                let inside = |bound: f64| bound.max(low).min(high);
                Atom::Clamp { low: inside(*l), high: inside(*h), of: of.clone() }.into()
            }
            _ => Atom::Clamp { low, high, of: self }.into(),
        }
    }

    /// What the exponent is, if this is 1 + e to some power.
    pub fn one_plus_exp(&self) -> Option<&Sum> {
        let [Term { product: one, factor: 1.0 }, Term { product, factor: 1.0 }] = &self.0[..] else { return None };
        match (&one[..], &product[..]) {
            ([], [Atom::Call(Function::Exp, exponent)]) => Some(exponent),
            _ => None,
        }
    }

    fn from_terms(mut terms: Vec<Term>) -> Sum {
        // No NaN is in it, so that the order is total.
        let order = |a: &Vec<Atom>, b: &Vec<Atom>| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal);
        for term in &mut terms {
            term.product.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        }
        terms.sort_by(|a, b| order(&a.product, &b.product));
        terms.dedup_by(|next, kept| {
            let same = next.product == kept.product;
            if same {
                kept.factor += next.factor;
            }
            same
        });
        terms.retain(|term| term.factor != 0.0);
        Sum(terms)
    }
}

impl From<Atom> for Sum {
    fn from(atom: Atom) -> Sum {
        Sum(vec![Term { product: vec![atom], factor: 1.0 }])
    }
}

impl Atom {
    fn is_near(&self, other: &Atom) -> bool {
        match (self, other) {
            (Atom::X, Atom::X) => true,
            (Atom::Call(f, of), Atom::Call(g, other)) => f == g && of.is_near(other),
            (Atom::Clamp { low: l, high: h, of }, Atom::Clamp { low, high, of: other }) => {
                near(*l, *low) && near(*h, *high) && of.is_near(other)
            }
            (Atom::Select { at: a, ties: t, above: up, below: down }, Atom::Select { at, ties, above, below }) => {
                near(*a, *at) && t == ties && up.is_near(above) && down.is_near(below)
            }
            _ => false,
        }
    }
}
