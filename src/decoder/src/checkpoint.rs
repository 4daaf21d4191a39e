//! Checkpoints of a training.

use crate::decoder::Decoder;
use crate::train::Trainer;
use partita_numerics::tensor_file::{self, TensorFile, TensorFileError, TensorShape};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;

/// Key of the metadata that holds the number of steps.
const STEPS: &str = "steps";
const NAMES: [&str; 4] = ["parameters", "average", "first_moment", "second_moment"];

impl Trainer {
    /// Writes a checkpoint, and replaces an older one in a single step.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let values = self.state();
        let shape =
            |name: &&str| TensorShape { name: (*name).to_owned(), shape: vec![values[0].len()] };
        let shapes: Vec<TensorShape> = NAMES.iter().map(shape).collect();
        let metadata = HashMap::from([(STEPS.to_owned(), self.steps().to_string())]);
        let new = path.with_extension("new");
        tensor_file::create(&new, Some(metadata), &shapes, |index| values[index].to_vec())?
            .sync_all()?;
        std::fs::rename(new, path)
    }

    /// Continues from a checkpoint of a training that began with this decoder and seed.
    ///
    /// # Errors
    /// Returns an error if the file is no such checkpoint.
    pub fn resume(decoder: Decoder, seed: u64, path: &Path) -> Result<Self, TensorFileError> {
        let mut file = TensorFile::open(File::open(path)?)?;
        let mut trainer = Self::new(decoder, seed);
        let count = trainer.state()[0].len();
        for (name, values) in NAMES.into_iter().zip(trainer.state_mut()) {
            *values = file.read(name, &[count])?;
        }
        trainer.continue_at(file.metadata(STEPS)?);
        Ok(trainer)
    }
}
