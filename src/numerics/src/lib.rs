//! Arithmetic over slices, random numbers and files of tensors, shared by the crates that train networks.

pub mod adam_step;
pub mod kernels;
pub mod rng;
pub mod tensor_file;
