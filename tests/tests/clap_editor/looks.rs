//! How the window looks: at every scale, and as it was reviewed.
//! Test code.

use crate::Test;
use crate::reviewed;
use crate::stand::{Outcome, SIZE, Stand, keep};
use timbrel_tests::host::Extent;

/// All.
pub const TESTS: &[(&str, Test)] = &[
    ("it_looks_as_reviewed_at_its_own_size", || opens(1.0)),
    ("it_looks_as_reviewed_at_one_and_a_half_times_its_size", || opens(1.5)),
    ("it_looks_as_reviewed_at_twice_its_size", || opens(2.0)),
    ("it_opens_at_three_times_its_size", || opens(3.0)),
    ("the_page_of_motion_looks_as_reviewed", || looks("motion", &["Motion"])),
    ("the_host_can_resize_it", resizes),
];

/// Scales whose pictures are kept as reviewed: with three times the size a picture is a megabyte and says no more.
const REVIEWED: [f64; 3] = [1.0, 1.5, 2.0];

fn opens(scale: f64) -> Outcome {
    let mut stand = Stand::open(scale)?;
    let picture = stand.session.still_picture()?;
    let name = format!("open-{scale}x");
    let path = keep(&picture, &name)?;
    println!("{}: {:?}", path.display(), picture.extent());
    let pixels = |points: u32| (f64::from(points) * scale).round() as u32;
    assert_eq!(picture.extent(), Extent::new(pixels(SIZE.width), pixels(SIZE.height)));
    assert!(picture.colours(50) == 50, "the window is all but empty");
    stand.end()?;
    if REVIEWED.contains(&scale) { reviewed::compare(&picture, &name) } else { Ok(()) }
}

/// What is to be seen after these clicks is what was reviewed.
fn looks(name: &str, clicks: &[&str]) -> Outcome {
    let mut stand = Stand::open(1.0)?;
    for label in clicks {
        stand.click(label)?;
    }
    // Nothing is lit under the pointer.
    stand.session.point(1, 1)?;
    let picture = stand.session.still_picture()?;
    keep(&picture, name)?;
    stand.end()?;
    reviewed::compare(&picture, name)
}

fn resizes() -> Outcome {
    let mut stand = Stand::open(1.0)?;
    for wished in [Extent::new(1400, 900), Extent::new(1000, 700), Extent::new(1120, 760)] {
        let extent = stand.session.resize(wished)?;
        assert_eq!(extent, wished);
        let picture = stand.session.still_picture()?;
        keep(&picture, &format!("size-{}x{}", wished.width, wished.height))?;
        // The lower right corner was drawn, too: it is the window's ground as the upper left is.
        let corner = picture.pixel(extent.width - 1, extent.height - 1);
        assert_eq!(corner, picture.pixel(0, 0), "the new corner is not drawn at {wished:?}");
    }
    // A window that is closed and opened again has the size that it had.
    stand.session.resize(Extent::new(1300, 800))?;
    stand.session.close()?;
    let again = stand.session.instance().make_editor(1.0)?;
    stand.session.instance().destroy_editor()?;
    assert_eq!(again, Extent::new(1300, 800));
    stand.end()?;
    Ok(())
}
