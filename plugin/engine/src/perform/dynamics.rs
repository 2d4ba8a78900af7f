//! How loud a velocity is, and how far the loudness asked for moves around that of velocity 100: *Dynamics*.
//! Pure, control thread.
//! A span of 1 changes nothing, to the bit; whatever the span, it does not lead out of the trained loudness, and what fades to
//! silence still does (tests: `a_span_moves_loudness_around_velocity_100`, `what_fades_still_fades`).

use super::character::LoudnessRange;

/// Velocity that every note has where the velocity amount is 0, whose attack is the one that is set, and around which the
/// loudness moves.
pub const NEUTRAL_VELOCITY: f32 = 100.0 / 127.0;
/// Velocity of MIDI 1, which plays at the model's `soft_db`.
const SOFTEST_VELOCITY: f32 = 1.0 / 127.0;
/// A gesture this far under the body of its note is its attack or its release, which end in silence at any span, decibels.
const BODY_DB: f32 = 12.0;

/// Place of a velocity (0 to 1) between the softest and the loudest notes, 0 to 1.
pub fn share_of_velocity(velocity: f32) -> f32 {
    ((velocity - SOFTEST_VELOCITY) / (1.0 - SOFTEST_VELOCITY)).clamp(0.0, 1.0)
}

/// The loudness to ask for, decibels: `asked_db` spread around that of velocity 100 by `span`. `offset_db` of it is set and not
/// played, and stays. Under the trained range one decibel stays one.
pub fn asked(asked_db: f32, offset_db: f32, span: f32, range: &LoudnessRange) -> f32 {
    if span == 1.0 {
        return asked_db;
    }
    let middle_db = range.soft_db + share_of_velocity(NEUTRAL_VELOCITY) * (range.loud_db - range.soft_db);
    let played_db = asked_db - offset_db;
    let inside_db = played_db.clamp(range.low_db, range.high_db);
    let spread_db = (middle_db + span * (inside_db - middle_db)).clamp(range.low_db, range.high_db);
    spread_db + (played_db - inside_db) + offset_db
}

/// A gesture's loudness against its note's, decibels, its body spread by `span`.
pub fn gesture(loudness_db: f32, span: f32) -> f32 {
    if span == 1.0 {
        return loudness_db;
    }
    let body_db = loudness_db.max(-BODY_DB);
    span * body_db + (loudness_db - body_db)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: LoudnessRange = LoudnessRange { low_db: -60.0, high_db: -6.0, soft_db: -40.0, loud_db: -12.0 };

    #[test]
    fn a_span_moves_loudness_around_velocity_100() {
        let at = |velocity: f32| RANGE.soft_db + share_of_velocity(velocity) * (RANGE.loud_db - RANGE.soft_db);
        let middle = at(NEUTRAL_VELOCITY);
        for span in [0.0, 0.5, 1.0, 1.5, 2.0] {
            let found = [0.1, 0.5, NEUTRAL_VELOCITY, 1.0].map(|velocity| asked(at(velocity), 0.0, span, &RANGE));
            println!("span {span}: {found:.2?} dB");
            assert!((found[1] - middle - span * (at(0.5) - middle)).abs() < 1e-4 && (found[2] - middle).abs() < 1e-4);
            assert!(found.iter().all(|db| (RANGE.low_db..=RANGE.high_db).contains(db)));
        }
        assert_eq!(asked(-17.3, 5.0, 1.0, &RANGE), -17.3);
        assert!((asked(middle + 5.0, 5.0, 0.0, &RANGE) - middle - 5.0).abs() < 1e-4);
    }

    #[test]
    fn what_fades_still_fades() {
        for span in [0.0, 0.5, 2.0] {
            let (faint, fainter) = (asked(-70.0, 0.0, span, &RANGE), asked(-90.0, 0.0, span, &RANGE));
            let (end, later) = (gesture(-90.0, span), gesture(-100.0, span));
            println!("span {span}: asked {faint:.1} and {fainter:.1} dB, gestures {end:.1} and {later:.1} dB");
            assert!((faint - fainter - 20.0).abs() < 1e-4 && (end - later - 10.0).abs() < 1e-4 && end < -70.0);
            assert!((gesture(-6.0, span) + 6.0 * span).abs() < 1e-5);
        }
        assert_eq!(gesture(-3.3, 1.0), -3.3);
    }
}
