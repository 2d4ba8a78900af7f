//! The frame grid has no drift.

use timbrel_engine::control::Grid;

#[test]
fn the_grid_has_no_drift_in_a_day_at_odd_rates() {
    for (host, training, hop) in [
        (44_100.0, 48_000.0, 192),
        (44_099.997, 16_000.0, 128),
        (48_000.0, 44_100.0, 441),
        (192_000.0, 16_000.0, 320),
        (8_000.0, 48_000.0, 192),
        (47_952.048, 48_000.0, 192),
    ] {
        let grid = Grid::new(0, hop, host, training);
        let frames_in_a_day = (86_400.0 * training / f64::from(hop)) as u64;
        let mut largest: f64 = 0.0;
        for k in (0..1_000).chain(frames_in_a_day - 1_000..frames_in_a_day) {
            let exact = k as f64 * f64::from(hop) * host / training;
            largest = largest.max(exact - grid.position(k) as f64);
            let hop_samples = grid.position(k + 1) - grid.position(k);
            assert!(hop_samples <= grid.longest_hop());
        }
        println!("{host} Hz, hop {hop} at {training} Hz: at most {largest:.3} samples early in a day");
        assert!((-0.01..1.01).contains(&largest));
    }
}
