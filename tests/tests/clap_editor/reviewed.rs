//! Pictures of the window that somebody has looked at and found good, and how another may differ from them.
//! They lie in `tests/pictures`; `cargo xtask pictures --reviewed` writes them anew, and the change is reviewed like code.
//! Test code.

use crate::stand::{Outcome, keep};
use std::path::Path;
use timbrel_tests::window::{Difference, Picture};

/// Where the variable is set, pictures are written instead of compared.
const RENEW: &str = "TIMBREL_RENEW_PICTURES";
/// Bounds. Measured on the machine where the pictures were made, run after run: 0 and 0, for text and shapes are computed by the
/// editor, and blended by one software renderer. Another version of Mesa may round colours of blended edges otherwise, by a
/// step or two: the first bound allows as much everywhere. The second one allows a three-thousandth of the pixels to differ visibly: less than a
/// word of text. A header laid out anew differed by 2.9 and 3.5 %, a knob turned to its end (and the view that shows it) by 1.1 and 2.0 %.
const MOST: Difference = Difference { mean: 0.5, share: 0.0003 };

/// An error where the picture is not as reviewed; where it differs is kept beside it.
pub fn compare(picture: &Picture, name: &str) -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures").join(format!("{name}.png"));
    if std::env::var_os(RENEW).is_some() {
        picture.write(&path)?;
        println!("{}: written anew", path.display());
        return Ok(());
    }
    let reviewed = Picture::read(&path)?;
    let difference = picture.difference(&reviewed, &[])?;
    println!("{name}: mean difference {:.4} of 255, {:.4} % of the pixels", difference.mean, 100.0 * difference.share);
    if difference.mean <= MOST.mean && difference.share <= MOST.share {
        return Ok(());
    }
    let changes = keep(&picture.changes(&reviewed)?, &format!("{name}-changes"))?;
    Err(format!(
        "{name} does not look as reviewed: mean difference {:.3} (at most {}), {:.3} % of the pixels (at most {:.3} %); where: {}. \
         If that is as it should be: cargo xtask pictures --reviewed",
        difference.mean,
        MOST.mean,
        100.0 * difference.share,
        100.0 * MOST.share,
        changes.display()
    )
    .into())
}
