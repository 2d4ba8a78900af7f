//! Buffers for one batch size, bound to a session once and used for every step of that size.
//! Loader thread and control thread.
//! On the CPU a run allocates nothing here: inputs are read and outputs written in place
//! (test: `a_step_allocates_nothing_of_ours`).

use super::Execution;
use super::decoder::MAX_ROWS;
use super::session::Port;
use ort::AsPointer;
use ort::memory::Allocator;
use ort::session::{IoBinding, Session};
use ort::value::Tensor;

/// Batch sizes that buffers are bound for. A step takes the next larger one; the rest is padding. All are multiples of
/// four: ONNX Runtime computes sines and the like four elements at a time and the remainder by another routine, whose
/// last bits differ (2e-7 on the cello). So a row's answer is the same to the bit in any company and at any place, unless
/// the network adds up rows of an odd width by `ReduceSum`, whose order depends on where in memory a row begins (the kit
/// multiplies by a matrix instead).
const BATCH_SIZES: [usize; 8] = [4, 8, 12, 16, 24, 32, 48, MAX_ROWS];

/// Inputs and outputs of `rows` rows.
pub struct Batch {
    rows: usize,
    binding: IoBinding,
    inputs: Vec<(String, Tensor<f32>)>,
    outputs: Vec<Tensor<f32>>,
}

impl Batch {
    /// Allocates and binds; inputs are zero.
    pub fn new(session: &Session, inputs: &[Port], outputs: &[Port], rows: usize) -> ort::Result<Self> {
        let mut binding = session.create_binding()?;
        let allocator = Allocator::default();
        let tensor = |port: &Port| {
            let shape: Vec<usize> = std::iter::once(rows).chain(port.shape.iter().copied()).collect();
            Tensor::<f32>::new(&allocator, shape)
        };
        let mut bound_inputs = Vec::with_capacity(inputs.len());
        for port in inputs {
            let mut tensor = tensor(port)?;
            tensor.try_extract_tensor_mut::<f32>()?.1.fill(0.0);
            binding.bind_input(&port.name, &tensor)?;
            bound_inputs.push((port.name.clone(), tensor));
        }
        let mut bound_outputs = Vec::with_capacity(outputs.len());
        for port in outputs {
            let mut tensor = tensor(port)?;
            binding.bind_output(&port.name, &mut tensor)?;
            bound_outputs.push(tensor);
        }
        Ok(Self { rows, binding, inputs: bound_inputs, outputs: bound_outputs })
    }

    /// Batches of all sizes up to the first that has a row for each of `slots` voices, or up to [`MAX_ROWS`], each run
    /// once: the first run of a shape plans its memory.
    pub fn for_slots(
        session: &mut Session,
        inputs: &[Port],
        outputs: &[Port],
        slots: usize,
        execution: Execution,
    ) -> ort::Result<Vec<Self>> {
        let largest = BATCH_SIZES.iter().position(|&size| size >= slots).unwrap_or(BATCH_SIZES.len() - 1);
        let batch = |&size: &usize| {
            let mut batch = Self::new(session, inputs, outputs, size)?;
            batch.run(session, execution)?;
            Ok(batch)
        };
        BATCH_SIZES[..=largest].iter().map(batch).collect()
    }

    /// Rows of the batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All rows of input `index`, in the order of the ports.
    pub fn input(&mut self, index: usize) -> ort::Result<&mut [f32]> {
        self.inputs[index].1.try_extract_tensor_mut::<f32>().map(|(_, data)| data)
    }

    /// All rows of output `index`, in the order of the ports.
    pub fn output(&self, index: usize) -> ort::Result<&[f32]> {
        self.outputs[index].try_extract_tensor::<f32>().map(|(_, data)| data)
    }

    /// One step of the network. `session` is the one that the batch was made for.
    pub fn run(&mut self, session: &mut Session, execution: Execution) -> ort::Result<()> {
        if execution == Execution::Cuda {
            // Binding is what copies an input to the GPU.
            for (name, tensor) in &self.inputs {
                self.binding.bind_input(name.as_str(), tensor)?;
            }
            self.binding.synchronize_inputs()?;
        }
        // `Session::run_binding` would allocate a list of all outputs, which are bound already.
        // SAFETY: both pointers come from live objects of this session, held for the whole call; the exclusive borrow
        // of the session rules out a run at the same time; null options mean the default ones.
        unsafe {
            let status = (ort::api().RunWithBinding)(session.ptr().cast_mut(), std::ptr::null(), self.binding.ptr());
            ort::Error::result_from_status(status)?;
        }
        if execution == Execution::Cuda {
            self.binding.synchronize_outputs()?;
        }
        Ok(())
    }
}
