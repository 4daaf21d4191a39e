//! The loops that dominate the time, compiled for the widest vectors of the running CPU. No sum is
//! reordered by vector width and nothing is fused, so all widths give equal bits.

use crate::kernels::vectorized;

/// Columns summed in registers.
const BLOCK: usize = 64;

vectorized! {
    /// Adds the rows `chosen` of a matrix to `sums`, each column in the given order.
    pub(super) fn add_rows(sums: &mut [f32], matrix: &[f32], chosen: &[u32]) {
        let width = sums.len();
        let mut first = 0;
        let (blocks, rest) = sums.as_chunks_mut::<BLOCK>();
        for block in blocks {
            let mut lanes = *block;
            for &row in chosen {
                let values = &matrix[row as usize * width + first..][..BLOCK];
                for (lane, value) in lanes.iter_mut().zip(values) {
                    *lane += value;
                }
            }
            *block = lanes;
            first += BLOCK;
        }
        if !rest.is_empty() {
            for &row in chosen {
                let values = &matrix[row as usize * width + first..][..rest.len()];
                for (sum, value) in rest.iter_mut().zip(values) {
                    *sum += value;
                }
            }
        }
    }
}

vectorized! {
    /// Adds the products of each row with itself to the upper triangle of `sums`, `[width, width]`.
    pub(super) fn add_products(sums: &mut [f64], rows: &[f32], width: usize) {
        let mut wide = vec![0f64; 4 * width];
        for rows in rows.chunks(4 * width) {
            // Missing rows of the last four are zero.
            wide.fill(0.0);
            for (wide, &value) in wide.iter_mut().zip(rows) {
                *wide = f64::from(value);
            }
            let (a, rest) = wide.split_at(width);
            let (b, rest) = rest.split_at(width);
            let (c, d) = rest.split_at(width);
            for (i, sums) in sums.chunks_exact_mut(width).enumerate() {
                let (x, y, z, w) = (a[i], b[i], c[i], d[i]);
                let columns = sums[i..].iter_mut().zip(&a[i..]).zip(&b[i..]).zip(&c[i..]).zip(&d[i..]);
                for ((((sum, a), b), c), d) in columns {
                    *sum += (x * a + y * b) + (z * c + w * d);
                }
            }
        }
    }
}

vectorized! {
    /// Replaces `products` by the products of each row with a small matrix, row-major with `width` columns.
    pub(super) fn multiply(products: &mut [f32], rows: &[f32], small: &[f32], width: usize) {
        let inner = small.len() / width;
        for (product, row) in products.chunks_exact_mut(width).zip(rows.chunks_exact(inner)) {
            let mut first = 0;
            let (blocks, rest) = product.as_chunks_mut::<BLOCK>();
            for block in blocks {
                let mut lanes = [0f32; BLOCK];
                for (factor, small) in row.iter().zip(small.chunks_exact(width)) {
                    for (lane, value) in lanes.iter_mut().zip(&small[first..first + BLOCK]) {
                        *lane += factor * value;
                    }
                }
                *block = lanes;
                first += BLOCK;
            }
            rest.fill(0.0);
            for (factor, small) in row.iter().zip(small.chunks_exact(width)) {
                for (sum, value) in rest.iter_mut().zip(&small[first..]) {
                    *sum += factor * value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|at| ((at * 37) % 101) as f32 - 50.0).collect()
    }

    #[test]
    fn results_for_whole_numbers_equal_the_formulas() {
        for width in [1, 5, 64, 70, 130] {
            let (rows, matrix) = (7, numbers(7 * width));
            let mut sums = vec![1.0; width];
            add_rows(&mut sums, &matrix, &[0, 6, 3, 3]);
            let expected = |column: usize| -> f32 {
                1.0 + [0, 6, 3, 3].iter().map(|row| matrix[row * width + column]).sum::<f32>()
            };
            assert_eq!(sums, (0..width).map(expected).collect::<Vec<_>>());

            let mut products = vec![0.0; width * width];
            add_products(&mut products, &matrix, width);
            let small = numbers(width * 3);
            let mut product = vec![9.0; rows * 3];
            multiply(&mut product, &matrix, &small, 3);
            for i in 0..width {
                for j in i..width {
                    let dot: f32 =
                        (0..rows).map(|r| matrix[r * width + i] * matrix[r * width + j]).sum();
                    assert_eq!(products[i * width + j], f64::from(dot));
                }
            }
            for row in 0..rows {
                for column in 0..3 {
                    let sum: f32 =
                        (0..width).map(|k| matrix[row * width + k] * small[k * 3 + column]).sum();
                    assert_eq!(product[row * 3 + column], sum);
                }
            }
        }
    }
}
