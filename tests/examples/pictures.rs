//! Takes pictures of a packaged plugin's window while a chord sounds; `cargo xtask pictures` calls it:
//! `pictures PLUGIN.clap OUT SCALE [WxH] [SECONDS] [MODEL.onnx] [NAME,NAME...]`.
//!
//! OUT is a folder for all the pictures of the documents, or one `.png` file, before which what has these names is clicked.
//! Main thread, under Xvfb.

#[cfg(target_os = "linux")]
#[path = "../tests/clap_editor/twin.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod twin;

/// The pictures of the documents, and what is clicked before each.
#[cfg(target_os = "linux")]
const PICTURES: &[(&str, &[&str])] = &[
    ("editor", &["Preset", "Brass Wall", "Close"]),
    ("editor-instruments", &["Instrument 1"]),
    ("editor-motion", &["Preset", "Bass Chimera", "Close", "Motion"]),
];

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::path::{Path, PathBuf};
    use timbrel_tests::host::{Extent, Package};
    use timbrel_tests::window::{Button, Display, Portrait, Sight};
    use twin::Twin;

    /// A new window's size, points.
    const SIZE: Extent = Extent { width: 1120, height: 760 };

    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |index: usize| words.get(index).filter(|word| !word.is_empty());
    let (Some(package), Some(out)) = (word(0), word(1)) else {
        return Err("pictures PLUGIN.clap OUT SCALE [WxH] [SECONDS] [MODEL.onnx] [NAME,NAME...]".into());
    };
    let scale = word(2).map_or(Ok(1.0), |word| word.parse())?;
    let extent = match word(3).and_then(|word| word.split_once('x')) {
        Some((width, height)) => Extent::new(width.parse()?, height.parse()?),
        None => SIZE,
    };
    let seconds = word(4).map_or(Ok(1.5), |word| word.parse())?;
    let model = word(5).map(PathBuf::from);
    let names: Vec<&str> = word(6).map(|word| word.split(',').collect()).unwrap_or_default();
    let out = Path::new(out);
    let is_file = out.extension().is_some_and(|ending| ending == "png");
    let wanted: Vec<(PathBuf, &[&str])> = if is_file {
        vec![(out.to_owned(), &names)]
    } else {
        PICTURES.iter().map(|(name, names)| (out.join(format!("{name}.png")), *names)).collect()
    };
    // SAFETY: nothing before this has started a thread.
    let _display = unsafe { Display::start(Display::LARGE) }?;
    let package = Package::load(Path::new(package))?;
    for (path, names) in wanted {
        let mut clicks = Vec::new();
        if !names.is_empty() {
            let mut twin = Twin::new(package.path(), (extent.width, extent.height), scale as f32);
            for name in names {
                let middle = twin.middle(name)?;
                clicks.push(middle);
                twin.click(middle, Button::Left);
            }
        }
        let sight = Sight { scale, extent: Some(extent) };
        let portrait = Portrait { sight, model: model.clone(), chord: Portrait::chord(), clicks, seconds };
        let picture = portrait.take(&package)?;
        picture.write(&path)?;
        let Extent { width, height } = picture.extent();
        println!("{}: {width} x {height}", path.display());
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("pictures are taken under Xvfb, on Linux");
}
