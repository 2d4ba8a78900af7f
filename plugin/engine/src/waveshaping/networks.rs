//! The shaping functions as they were trained: a small network for each, a sine after every layer.
//! Plain data of the loader thread; its slow evaluation is for checks and tests.
//! Promises the function itself, in double precision (test: `tables_hold_their_functions`).

/// All shapers' networks, layer by layer. The first layer has one input, the last one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Networks {
    /// From the index to the shaped value.
    pub layers: Vec<NetworkLayer>,
}

/// One layer x -> sin(W x + b) of all shapers.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkLayer {
    /// Width of x.
    pub inputs: usize,
    /// Width of the result.
    pub outputs: usize,
    /// W in radians, `[S, outputs, inputs]` row-major.
    pub weights: Vec<f32>,
    /// b in radians, `[S, outputs]` row-major.
    pub biases: Vec<f32>,
}

impl Networks {
    /// The function of `shaper` at `index`. Slow and exact.
    pub fn evaluate(&self, shaper: usize, index: f64) -> f64 {
        let mut values = vec![index];
        for layer in &self.layers {
            let size = layer.outputs * layer.inputs;
            let weights = layer.weights[shaper * size..][..size].chunks_exact(layer.inputs);
            let biases = &layer.biases[shaper * layer.outputs..][..layer.outputs];
            values = weights
                .zip(biases)
                .map(|(row, bias)| {
                    let products = row.iter().zip(&values).map(|(weight, value)| f64::from(*weight) * value);
                    (products.sum::<f64>() + f64::from(*bias)).sin()
                })
                .collect();
        }
        values.first().copied().unwrap_or(0.0)
    }
}
