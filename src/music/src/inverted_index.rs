//! An inverted index: for each key the values that have it, in one allocation.

/// For each key from 0 on, a list of values.
#[derive(Clone, Debug)]
pub struct InvertedIndex<T> {
    /// `values[starts[key]..starts[key + 1]]` are the values of a key.
    starts: Vec<u32>,
    /// The values of all keys.
    pub values: Vec<T>,
}

impl<T: Copy + Default> InvertedIndex<T> {
    /// Groups (key, value) pairs by key; values keep their order. Keys are below `keys`.
    pub fn new(keys: usize, entries: impl Iterator<Item = (usize, T)> + Clone) -> Self {
        let mut starts = vec![0; keys + 1];
        entries.clone().for_each(|(key, _)| starts[key + 1] += 1);
        (0..keys).for_each(|key| starts[key + 1] += starts[key]);
        let (mut next, mut values) = (starts.clone(), vec![T::default(); starts[keys] as usize]);
        for (key, value) in entries {
            values[next[key] as usize] = value;
            next[key] += 1;
        }
        Self { starts, values }
    }

    /// The values of a key.
    pub fn get(&self, key: usize) -> &[T] {
        &self.values[self.starts[key] as usize..self.starts[key + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_grouped_by_key_in_their_order() {
        let entries = [(2, 'a'), (0, 'b'), (2, 'c')];
        let index = InvertedIndex::new(4, entries.into_iter());
        assert_eq!(
            (0..4).map(|key| index.get(key)).collect::<Vec<_>>(),
            [&['b'][..], &[], &['a', 'c'], &[]]
        );
        assert_eq!(index.values.len(), 3);
    }
}
