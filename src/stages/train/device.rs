//! Conversion between the device of a stage and that of the network.

use crate::stage_api::Device;

impl From<partita_vae::Device> for Device {
    fn from(device: partita_vae::Device) -> Self {
        match device {
            partita_vae::Device::Cpu => Self::Cpu,
            partita_vae::Device::Cuda(index) => Self::Cuda(index),
        }
    }
}

impl From<Device> for partita_vae::Device {
    fn from(device: Device) -> Self {
        match device {
            Device::Cpu => Self::Cpu,
            Device::Cuda(index) => Self::Cuda(index),
        }
    }
}
