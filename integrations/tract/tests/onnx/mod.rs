//! ONNX models from a line of text, and what tract and simdact make of them.

use simdact_tract::Summary;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto,
    ValueInfoProto, type_proto,
};
use tract_onnx::prelude::*;

/// The model of a text like `s = Sigmoid(x); y = Mul(x, s)`, decluttered.
///
/// Its input is x and its outputs are `outputs`; `shape` is that of x, where a name stands for any size. Numbers are
/// scalars, with `#` in front a row of one integer; `[3, 1, 1]` is a tensor of that shape with some values. What has a
/// name is an attribute.
pub fn model(text: &str, shape: &[&str], outputs: &[&str]) -> TypedModel {
    typed(text, 1, shape, outputs)
}

/// The same, of elements of ONNX's type of that number.
pub fn typed(text: &str, elements: i32, shape: &[&str], outputs: &[&str]) -> TypedModel {
    let mut graph = GraphProto { name: "test".into(), ..Default::default() };
    for statement in text.split(';') {
        let (name, call) = statement.split_once('=').expect("name = Op(…)");
        let (op, arguments) = call.trim().split_once('(').expect("Op(…)");
        let arguments = arguments.trim().strip_suffix(')').expect(")");
        let mut node = NodeProto { op_type: op.into(), name: name.trim().into(), ..Default::default() };
        node.output.push(name.trim().into());
        for argument in split(arguments) {
            match argument.split_once('=') {
                Some((name, value)) => node.attribute.push(attribute(name, value)),
                None => node.input.push(input(argument, elements, &mut graph)),
            }
        }
        graph.node.push(node);
    }
    let dim = |dim: &&str| {
        let value = match dim.parse() {
            Ok(size) => dimension::Value::DimValue(size),
            Err(_) => dimension::Value::DimParam(dim.to_string()),
        };
        Dimension { value: Some(value), ..Default::default() }
    };
    let value = |name: &str, shape: Option<TensorShapeProto>| ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(type_proto::Tensor { elem_type: elements, shape })),
            ..Default::default()
        }),
        ..Default::default()
    };
    graph.input.push(value("x", Some(TensorShapeProto { dim: shape.iter().map(dim).collect() })));
    graph.output.extend(outputs.iter().map(|name| value(name, None)));
    let opset = OperatorSetIdProto { domain: String::new(), version: 20 };
    let proto = ModelProto { ir_version: 9, opset_import: vec![opset], graph: Some(graph), ..Default::default() };
    let model = tract_onnx::onnx().model_for_proto_model(&proto).and_then(|model| model.into_typed());
    model.and_then(|model| model.into_decluttered()).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// At commas outside brackets.
fn split(arguments: &str) -> Vec<&str> {
    let mut depth = 0;
    let parts = arguments.split(|c| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == ',' && depth == 0
    });
    parts.map(str::trim).collect()
}

fn input(argument: &str, elements: i32, graph: &mut GraphProto) -> String {
    let mut tensor = TensorProto { name: argument.into(), data_type: elements, ..Default::default() };
    if let Some(integer) = argument.strip_prefix('#') {
        tensor.data_type = 7;
        tensor.dims = vec![1];
        tensor.int64_data = vec![integer.parse().expect("an integer")];
    } else if argument.starts_with('[') {
        tensor.dims = list(argument);
        let length = tensor.dims.iter().product::<i64>();
        tensor.float_data = (0..length).map(|i| (i * 7 % 11) as f32 / 8.0 - 0.5).collect();
    } else if let Ok(value) = argument.parse::<f32>() {
        match elements {
            11 => tensor.double_data = vec![f64::from(value)],
            _ => tensor.float_data = vec![value],
        }
    } else {
        return argument.into();
    }
    graph.initializer.retain(|known| known.name != argument);
    graph.initializer.push(tensor);
    argument.into()
}

fn list(text: &str) -> Vec<i64> {
    text.trim_matches(['[', ']']).split(',').map(|size| size.trim().parse().expect("an integer")).collect()
}

fn attribute(name: &str, value: &str) -> AttributeProto {
    let (name, value) = (name.trim().to_string(), value.trim());
    let (mut attribute, kind) = (AttributeProto { name, ..Default::default() }, value);
    attribute.r#type = if kind.starts_with('[') {
        attribute.ints = list(value);
        7
    } else if let Ok(integer) = value.parse() {
        attribute.i = integer;
        2
    } else if let Ok(float) = value.parse() {
        attribute.f = float;
        1
    } else {
        attribute.s = value.into();
        3
    };
    attribute
}

/// What simdact took over, and the outputs of the model before and after, for inputs from −8 to 8.
pub struct Compared {
    pub summary: Summary,
    pub after: TypedModel,
    pub x: Vec<f32>,
    pub tract: Vec<Vec<f32>>,
    pub simdact: Vec<Vec<f32>>,
}

pub fn compare(model: TypedModel, shape: &[usize]) -> Compared {
    let mut after = model.clone();
    let summary = simdact_tract::rewrite(&mut after).expect("a model that works");
    let length = shape.iter().product::<usize>();
    let x: Vec<f32> = (0..length).map(|i| (i * 37 % 101) as f32 / 6.25 - 8.0).collect();
    let run = |model: TypedModel| -> TractResult<Vec<Vec<f32>>> {
        let input = Tensor::from_shape(shape, &x)?;
        let outputs = model.into_optimized()?.into_runnable()?.run(tvec!(input.into()))?;
        outputs.iter().map(|output| Ok(output.to_plain_array_view::<f32>()?.iter().copied().collect())).collect()
    };
    let tract = run(model).expect("tract runs it");
    let simdact = run(after.clone()).expect("tract runs what simdact made of it");
    Compared { summary, after, x, tract, simdact }
}

impl Compared {
    /// simdact's functions that it calls, in the order of their names.
    pub fn functions(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.summary.replaced.iter().map(|one| &one.by[..]).collect();
        names.sort_unstable();
        names
    }

    /// The largest difference between both, in units of 2⁻²⁴ · max(1, |y|, and |x| of the largest input).
    pub fn difference(&self) -> f32 {
        let largest = self.x.iter().fold(1.0f32, |most, x| most.max(x.abs()));
        let pairs = self.tract.iter().flatten().zip(self.simdact.iter().flatten());
        pairs.fold(0.0, |most, (a, b)| most.max((a - b).abs() / (largest.max(b.abs()) * f32::EPSILON / 2.0)))
    }
}
