//! What hosts find and hear.

use libtest_mimic::Failed;
use std::path::PathBuf;
use timbrel::presets::{About, Preset, Sound, read, text};
use timbrel_tests::host::{Instance, Package, instrument_of};

use super::{factory, folder};

/// The package holds the factory presets, and says where.
pub fn find_the_packages_presets() -> Result<(), Failed> {
    let package = Package::find()?;
    let found = package.presets()?;
    println!("{} presets in {:?}, endings {:?}", found.presets.len(), found.folders, found.endings);
    let factory_folder: Vec<_> = found.folders.iter().filter(|folder| folder.is_factory).collect();
    let [folder_of_package] = factory_folder[..] else { return Err("not one folder of factory presets".into()) };
    let names = |presets: &[timbrel_tests::host::FoundPreset]| -> Vec<PathBuf> {
        let shipped = presets.iter().filter(|preset| preset.is_factory);
        shipped.map(|preset| PathBuf::from(preset.path.file_name().unwrap())).collect()
    };
    let shipped: Vec<PathBuf> =
        factory().presets.iter().map(|preset| preset.path.file_name().unwrap().into()).collect();
    if names(&found.presets) != shipped {
        return Err(format!("{} holds others than {}", folder_of_package.path.display(), folder().display()).into());
    }
    for preset in &found.presets {
        if preset.is_factory == preset.is_user {
            return Err(format!("{} is neither shipped nor the player's", preset.name).into());
        }
    }
    Ok(())
}

/// Loading tells the host to look again, and what it sees then is the preset's.
pub fn see_what_a_preset_changed() -> Result<(), Failed> {
    let package = Package::find()?;
    let found = factory();
    let preset = &found.presets[0];
    let mut instance = Instance::new(&package)?;
    let before = instance.rescans();
    instance.load_preset(&preset.path)?;
    if instance.rescans() <= before {
        return Err("the host was not told".into());
    }
    let sound = read(&preset.path)?.preset.sound;
    let untouched = timbrel::params::TimbrelParams::default();
    for (((_, control), value), seen) in untouched.controls().into_iter().zip(sound.values).zip(instance.parameters()?)
    {
        control.set(value);
        let (low, high) = seen.range;
        let place = (seen.value - low) / (high - low);
        if control.name() != seen.name || (place - f64::from(control.position())).abs() > 1e-6 {
            return Err(format!("{} is seen at {place}, not at {}", seen.name, control.position()).into());
        }
    }
    let named = instrument_of(&instance.save()?)?;
    assert_eq!(named["name"], sound.instrument.unwrap().name);
    Ok(())
}

/// A fault names file and field, and nothing changes.
pub fn are_told_what_is_broken() -> Result<(), Failed> {
    let package = Package::find()?;
    let root = tempfile::tempdir()?;
    let path = root.path().join("Loud.timbrel");
    let good = text(&Preset { about: About { name: "Loud".into(), ..About::default() }, sound: Sound::initial() });
    std::fs::write(&path, good.replace("gain = 0.0", "gain = 40.0"))?;
    let mut instance = Instance::new(&package)?;
    let before = instance.save()?;
    let sentence = instance.load_preset(&path).unwrap_err().to_string();
    println!("{sentence}");
    assert!(sentence.contains("Loud.timbrel") && sentence.contains("`parameters.gain` is 40.0"), "{sentence}");
    assert!(instance.load_preset(&root.path().join("gone.timbrel")).is_err());
    assert_eq!(instance.save()?, before);
    Ok(())
}
