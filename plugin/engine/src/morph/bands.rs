//! Noise bands of one instrument as bands of another spacing and rate.
//! Built on the loader thread, used on the control thread.
//! Promises the same power density at the same frequency (test: `bands_of_another_rate_keep_their_power_density`), and equal bands
//! untouched.
//!
//! A gain is for white noise of unit variance at the instrument's own rate, so that the density at a rate r is gain^2 / r.
//! Between bands the gain is linear in frequency, as the banks play it; above an instrument's own top there is nothing.

/// How many bands, up to which frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spacing {
    /// Bands, the first at 0 and the last at half of the rate.
    pub count: usize,
    /// Rate, hertz.
    pub rate: f64,
}

/// Most bands that a blend has.
const MOST: usize = 1025;

impl Spacing {
    /// Hertz from one band to the next.
    fn hertz(&self) -> f64 {
        0.5 * self.rate / self.count.saturating_sub(1).max(1) as f64
    }

    /// What holds both: up to the higher top, as close as the closer.
    pub fn common(self, other: Self) -> Self {
        let rate = self.rate.max(other.rate);
        let count = |spacing: Self| (0.5 * rate / spacing.hertz() - 1e-9).ceil() as usize + 1;
        Self { rate, count: count(self).max(count(other)).min(MOST) }
    }
}

/// The way from one spacing to another.
pub struct Bands {
    /// Of each band: the one before it, how far it lies beyond that, and its gain.
    places: Vec<(usize, f32, f32)>,
}

impl Bands {
    /// From one spacing to another.
    pub fn new(from: Spacing, to: Spacing) -> Self {
        let gain = (to.rate / from.rate).sqrt() as f32;
        let place = |band: usize| {
            if from == to {
                return (band, 0.0, 1.0);
            }
            let place = band as f64 * to.hertz() / from.hertz();
            let last = from.count.saturating_sub(1);
            if place > last as f64 * (1.0 + 1e-9) {
                return (last, 0.0, 0.0);
            }
            let before = (place as usize).min(last);
            (before, (place - before as f64) as f32, gain)
        };
        Self { places: (0..to.count).map(place).collect() }
    }

    /// Bands that come out.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Carries gains over; signs are left behind.
    pub fn carry(&self, from: &[f32], to: &mut [f32]) {
        let at = |band: usize| from.get(band).or(from.last()).map_or(0.0, |gain| gain.abs());
        for (to, &(before, beyond, gain)) in to.iter_mut().zip(&self.places) {
            *to = if beyond == 0.0 {
                gain * at(before)
            } else {
                gain * (at(before) * (1.0 - beyond) + at(before + 1) * beyond)
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bands_are_untouched() {
        let spacing = Spacing { count: 65, rate: 48_000.0 };
        assert_eq!(spacing.common(spacing), spacing);
        let gains: Vec<f32> = (0..65).map(|band| 0.1 / (1.0 + band as f32)).collect();
        let mut carried = vec![0.0; 65];
        Bands::new(spacing, spacing).carry(&gains, &mut carried);
        assert_eq!(carried, gains);
    }

    #[test]
    fn bands_of_another_rate_keep_their_power_density() {
        let (narrow, wide) = (Spacing { count: 101, rate: 16_000.0 }, Spacing { count: 65, rate: 48_000.0 });
        let common = narrow.common(wide);
        println!("{narrow:?} and {wide:?} are played as {common:?}");
        assert_eq!(common, Spacing { count: 301, rate: 48_000.0 });
        let gain = |spacing: Spacing, hertz: f64, top: f64| {
            if hertz <= top { (1e-3 * (1.0 + hertz / 4_000.0) * spacing.rate.sqrt()) as f32 } else { 0.0 }
        };
        for (from, top) in [(narrow, 8_000.0), (wide, 24_000.0)] {
            let gains: Vec<f32> = (0..from.count).map(|band| gain(from, band as f64 * from.hertz(), top)).collect();
            let mut carried = vec![f32::NAN; common.count];
            Bands::new(from, common).carry(&gains, &mut carried);
            for (band, carried) in carried.iter().enumerate() {
                let expected = gain(common, band as f64 * common.hertz(), top);
                assert!((carried - expected).abs() < 1e-6, "band {band}: {carried}, expected {expected}");
            }
        }
    }
}
