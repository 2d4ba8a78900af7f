//! Shaped films of the shipped waveshaping instruments.
//! Test code.

#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;
use std::path::Path;
use std::sync::Arc;
use timbrel_engine::model::{
    Controls, Decode, FilmShape, FilmShaper, LoadOptions, MAX_LATENT, Model, OnnxDecoder, StepRequest,
};
use timbrel_engine::waveshaping::{Cycle, power_and_mean};

fn load(name: &str) -> Arc<Model> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Model::load(&root.join("models/instruments").join(name).join(format!("{name}.onnx")), &LoadOptions::default()).unwrap()
}

fn film(model: &Arc<Model>, pitch: f32, loud: f32) -> Vec<f32> {
    let mut d = OnnxDecoder::new(model, 1).unwrap();
    d.settle(0, pitch);
    let l = &model.metadata().loudness;
    for _ in 0..100 {
        d.step(&[StepRequest { slot: 0, midi_pitch: pitch, loudness_db: l.soft_db + loud * (l.loud_db - l.soft_db), latent: [0.0; MAX_LATENT] }]).unwrap();
    }
    match d.controls(0) { Controls::Newt { film, .. } => film.to_vec(), _ => panic!() }
}

fn spectrum(c: &[f32]) -> Vec<(f64, f64)> {
    (1..128).map(|k| {
        let (mut r, mut i) = (0.0, 0.0);
        for (n, v) in c.iter().enumerate() { let a = TAU * ((k * n) % c.len()) as f64 / c.len() as f64; r += f64::from(*v) * a.cos(); i -= f64::from(*v) * a.sin(); }
        (r, i)
    }).collect()
}
fn centroid(s: &[(f64, f64)]) -> f64 {
    let p: Vec<f64> = s.iter().map(|(r, i)| r * r + i * i).collect();
    p.iter().enumerate().map(|(k, p)| (k + 1) as f64 * p).sum::<f64>() / p.iter().sum::<f64>()
}

#[test]
fn explore() {
    for (name, pitches) in [("trumpet", [55.0, 67.0, 79.0]), ("tuba", [31.0, 41.0, 53.0]), ("alto-sax", [51.0, 62.0, 77.0])] {
        let model = load(name);
        let c = model.waveshaping().unwrap();
        let s = c.shapers();
        let l = &model.metadata();
        let mid = 0.5 * (l.pitch.low + l.pitch.high);
        let f_mid = film(&model, mid, 0.7);
        let hz = |p: f32| 440.0 * ((p - 69.0) / 12.0).exp2();
        let mut cy = Cycle::new(c, 512);
        cy.excite(hz(mid));
        let alone = |cy: &Cycle, j: usize, f: &[f32]| cy.shape_alone(j, f[j], f[s + j]);
        let order_b: Vec<f64> = (0..s).map(|j| centroid(&spectrum(&alone(&cy, j, &f_mid)))).collect();
        let total = spectrum(cy.shape(&f_mid));
        let cen = centroid(&total);
        let p: f64 = total.iter().map(|(r, i)| r * r + i * i).sum();
        let order_c: Vec<f64> = (0..s).map(|j| {
            let sp = spectrum(&alone(&cy, j, &f_mid));
            let g = f64::from(f_mid[2 * s + j] * c.output_weights[j]);
            sp.iter().zip(&total).enumerate().map(|(k, (a, b))| ((k + 1) as f64 - cen) * 2.0 * g * (a.0 * b.0 + a.1 * b.1)).sum::<f64>() / p
        }).collect();
        let rank = |v: &[f64]| { let mut o: Vec<usize> = (0..v.len()).collect(); o.sort_by(|a, b| v[*a].total_cmp(&v[*b])); let mut r = vec![0.0f32; v.len()]; for (i, j) in o.iter().enumerate() { r[*j] = i as f32 / (v.len() - 1) as f32; } r };
        let a = FilmShaper::new(c).places().to_vec();
        let (b, cc) = (rank(&order_b), rank(&order_c));
        println!("{name} sens {:?}", order_c.iter().map(|x| (x * 100.0).round() / 100.0).collect::<Vec<_>>());
        for pitch in pitches { for loud in [0.2, 0.9] {
            let f = film(&model, pitch, loud);
            let mut fine = Cycle::new(c, 2048); fine.excite(hz(pitch));
            let want = power_and_mean(fine.shape(&f)).0;
            let mut out = format!("{name} {pitch} {loud}: {:.1} dB;", 10.0 * want.log10());
            for n in [24, 32, 48, 64, 96, 128] { let mut cy = Cycle::new(c, n); cy.excite(hz(pitch)); out += &format!(" {n}:{:+.2}", 10.0 * (power_and_mean(cy.shape(&f)).0 / want).log10()); }
            println!("{out} | centroid {:.2}", centroid(&spectrum(fine.shape(&f))));
            for (which, r) in [("alone default", &a), ("alone typical", &b), ("pull", &cc)] {
                let mut line = format!("   {which}:");
                for mix in [-1.0f32, -0.5, 0.5, 1.0] {
                    let mut g = f.clone();
                    for j in 0..s {
                        let t = if mix < 0.0 { 1.0 - r[j] } else { r[j] };
                        let w = ((t - 0.5) / 0.5 + 0.5).clamp(0.0, 1.0);
                        g[2 * s + j] *= 1.0 - mix.abs() * (1.0 - w * w * (3.0 - 2.0 * w));
                    }
                    let cyc = fine.shape(&g);
                    line += &format!(" {mix}: {:.2} ({:+.1} dB)", centroid(&spectrum(cyc)), 10.0 * (power_and_mean(cyc).0 / want).log10());
                }
                println!("{line}");
            }
            let _ = FilmShape::REST;
        } }
    }
}
