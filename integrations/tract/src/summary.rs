//! What was replaced by what.

use std::collections::BTreeMap;
use std::fmt;

/// What [`rewrite`](crate::rewrite) did; as text, a line for each kind of replacement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// What simdact computes now.
    pub replaced: Vec<Replacement>,
    /// What simdact could compute, but tract does in passing, while it stores the result of a matrix product.
    pub kept: Vec<Replacement>,
}

/// Operators of a model that are one function of simdact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The last of the nodes.
    pub node: String,
    /// The names of all their operators, sorted.
    pub ops: Vec<String>,
    /// simdact's function: `gelu_tanh`, `leaky_relu(0.01)`, `softmax`.
    pub by: String,
}

impl Replacement {
    pub(crate) fn new(node: &str, mut ops: Vec<String>, by: String) -> Replacement {
        ops.sort();
        let by = by.strip_prefix("simdact.").map(str::to_owned).unwrap_or(by);
        Replacement { node: node.to_owned(), ops, by }
    }

    /// `5 Mul, Tanh → gelu_tanh`
    fn kind(&self) -> String {
        let mut ops = BTreeMap::new();
        for op in &self.ops {
            *ops.entry(op).or_insert(0) += 1;
        }
        let ops: Vec<String> =
            ops.into_iter().map(|(op, n)| if n == 1 { op.clone() } else { format!("{n} {op}") }).collect();
        format!("{} → {}", ops.join(", "), self.by)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (all, remark) in [(&self.replaced, ""), (&self.kept, ", which tract does while it stores a matrix product")]
        {
            let mut kinds = BTreeMap::new();
            for one in all {
                *kinds.entry(one.kind()).or_insert(0) += 1;
            }
            for (kind, count) in kinds {
                writeln!(f, "{count} × {kind}{remark}")?;
            }
        }
        Ok(())
    }
}
