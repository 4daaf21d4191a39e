use partita::columnar::SampleSet;
use partita::metrics::reconstruction::density_matched;
use partita_vae::{Model, Refinement};
use rayon::prelude::*;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (model, samples) = (std::path::Path::new(&args[1]), &args[2]);
    let beta: f64 = args[3].parse().unwrap();
    let count: usize = args[4].parse().unwrap();
    let side = args.get(5).map_or("validation", String::as_str);
    let mut json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(model.join("model.json")).unwrap()).unwrap();
    json["format"] = 4.into();
    json["beta"] = beta.into();
    let read = |n: &str| std::fs::read(model.join(n)).unwrap();
    let model = Model::load(
        json.to_string().as_bytes(),
        &read("encoder.safetensors"),
        &read("decoder.safetensors"),
    )
    .unwrap();
    let mut shards: Vec<_> = std::fs::read_dir(samples)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.file_name().unwrap().to_str().unwrap().starts_with(side))
        .collect();
    shards.sort();
    let set = SampleSet::open(&shards).unwrap();
    let idx: Vec<usize> =
        (0..count.min(set.len())).map(|i| i * set.len() / count.min(set.len())).collect();
    let cells: Vec<Vec<u32>> = idx
        .iter()
        .map(|&i| {
            let mut c = Vec::new();
            set.cells(i, &mut c);
            c
        })
        .collect();
    let truths: Vec<_> = idx.iter().map(|&i| set.measures(i)).collect();
    let f1 = |codes: &[Vec<f32>]| -> f64 {
        let mut sum = 0.0;
        for (c, t) in codes.chunks(32).zip(truths.chunks(32)) {
            let p = model.decode(c).unwrap();
            sum += t
                .par_iter()
                .zip(&p)
                .map(|(t, p)| density_matched(t, p, 9216).score().f1)
                .sum::<f64>();
        }
        sum / codes.len() as f64
    };
    let start = model.encode(&cells).unwrap().mean;
    println!("{} {} encoder {:.4}", side, cells.len(), f1(&start));
    for (steps, rate) in [(10usize, 0.15), (30, 0.2), (100, 0.1), (100, 0.2), (300, 0.1)] {
        let t = std::time::Instant::now();
        let mut codes = Vec::new();
        for (c, s) in cells.chunks(32).zip(start.chunks(32)) {
            codes.extend(model.refine(c, s, Refinement { steps, rate }).unwrap());
        }
        let s = t.elapsed().as_secs_f64();
        let norm: f64 = codes.iter().flatten().map(|&z| f64::from(z) * f64::from(z)).sum::<f64>()
            / codes.len() as f64;
        println!(
            "steps {steps} rate {rate}: {:.4}  |z|^2 {norm:.0}  {:.2} ms/song/step",
            f1(&codes),
            s * 1e3 / steps as f64 / cells.len() as f64
        );
        if args.get(6).is_some() && steps == 30 {
            break;
        }
    }
}
