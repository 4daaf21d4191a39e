//! Adam's updates of all parameters.

use crate::adam_step::AdamStep;
use crate::backend::TrainBackend;
use crate::dense::Dense;
use crate::host::take;
use crate::network::Network;
use crate::objective::Gradients;
use burn::tensor::Tensor;

/// Updates all parameters and their first and second moments in place; weights decay, biases do not.
pub(crate) fn update<B: TrainBackend>(
    step: &AdamStep,
    network: &mut Network<B>,
    [first, second]: &mut [Network<B>; 2],
    gradients: Gradients<B>,
) {
    let of_bias = AdamStep { decay: 0.0, ..*step };
    let layers = network.layers.iter_mut().zip(gradients.layers);
    let moments = first.layers.iter_mut().zip(&mut second.layers);
    for ((layer, gradient), moments) in layers.zip(moments) {
        update_layer([step, &of_bias], layer, moments, gradient);
    }
}

/// Updates a layer and its moments in place; the steps are those of its weight and of its bias.
pub(crate) fn update_layer<B: TrainBackend>(
    [of_weight, of_bias]: [&AdamStep; 2],
    layer: &mut Dense<B>,
    (first, second): (&mut Dense<B>, &mut Dense<B>),
    Dense { weight, bias }: Dense<B>,
) {
    update_tensor(of_weight, weight, [&mut layer.weight, &mut first.weight, &mut second.weight]);
    update_tensor(of_bias, bias, [&mut layer.bias, &mut first.bias, &mut second.bias]);
}

/// Updates a parameter and its moments.
fn update_tensor<B: TrainBackend, const D: usize>(
    step: &AdamStep,
    gradient: Tensor<B, D>,
    [parameter, first, second]: [&mut Tensor<B, D>; 3],
) {
    let (taken, moments) = (take(parameter), [take(first), take(second)]);
    (*parameter, [*first, *second]) = B::adam(step, taken, gradient, moments);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::TensorShape;
    use crate::host::to_host;
    use crate::testing::ARCHITECTURE;
    use burn::backend::Flex;
    use burn::backend::flex::FlexDevice;

    #[test]
    fn three_updates_equal_the_textbook_formula() {
        three_updates(0.0);
    }

    #[test]
    fn decay_subtracts_a_share_of_the_parameter_independent_of_the_gradient() {
        three_updates(0.5);
    }

    #[test]
    fn weights_decay_and_biases_do_not() {
        let network = || {
            let ones = |tensor: &TensorShape| {
                Ok::<_, std::convert::Infallible>(vec![1.0; tensor.shape.iter().product()])
            };
            let Ok(network) = Network::<Flex>::build(&ARCHITECTURE, &FlexDevice, ones);
            network
        };
        let zeros = || Network::<Flex>::zeros(&ARCHITECTURE, &FlexDevice);
        let (mut decayed, mut moments) = (network(), [zeros(), zeros()]);
        let gradients = Gradients { layers: moments[0].layers.clone() };
        let step = AdamStep::new(0.1, 1, 1.0, 0.5);
        update(&step, &mut decayed, &mut moments, gradients);
        for Dense { weight, bias } in decayed.layers {
            assert!(to_host(weight).iter().all(|&weight| weight == 0.95));
            assert!(to_host(bias).iter().all(|&bias| bias == 1.0));
        }
    }

    fn three_updates(decay: f64) {
        let gradients = [[0.5, -2.0], [0.25, 1.0], [-1.0, 0.0]];
        let scale = 0.5;
        let (mut p, mut m, mut v) = ([1.0, 2.0], [0.0; 2], [0.0; 2]);
        let device = FlexDevice;
        let tensor = |values: [f32; 2]| Tensor::<Flex, 1>::from_data(values, &device);
        let mut parameter = tensor([1.0, 2.0]);
        let mut moments = [tensor([0.0; 2]), tensor([0.0; 2])];
        for (index, gradient) in gradients.into_iter().enumerate() {
            let time = index as i32 + 1;
            for i in 0..2 {
                let g: f64 = gradient[i] * scale;
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.999 * v[i] + 0.001 * g * g;
                let (m, v): (f64, f64) =
                    (m[i] / (1.0 - 0.9f64.powi(time)), v[i] / (1.0 - 0.999f64.powi(time)));
                p[i] -= 0.01 * m / (v.sqrt() + 1e-8) + 0.01 * decay * p[i];
            }
            let step = AdamStep::new(0.01, time as u64, scale, decay);
            let gradient = tensor(gradient.map(|g| g as f32));
            (parameter, moments) = Flex::adam(&step, parameter, gradient, moments);
        }
        let found = to_host(parameter);
        for i in 0..2 {
            assert!((f64::from(found[i]) - p[i]).abs() < 1e-6, "{found:?} {p:?}");
        }
    }
}
