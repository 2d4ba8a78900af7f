//! Two instruments at once through the packaged plugin.
//! Test code.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::path::{Path, PathBuf};
use timbrel_tests::host::Package;
use timbrel_tests::morphing::{PAIRS, Way, Worst, table};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn five_pairs_morph_smoothly_and_better_than_crossfades() {
    let package = Package::find().unwrap();
    let journeys: Vec<_> = PAIRS.iter().map(|pair| (*pair, pair.journeys(&package, &root(), 11).unwrap())).collect();
    println!("{}", table(&journeys));
    if std::env::var_os("VERBOSE").is_some() {
        for (pair, journeys) in &journeys {
            for journey in journeys {
                for taken in &journey.ways {
                    println!("{} {} key {} {}", pair.first, pair.second, journey.key, taken.way.name());
                    for path in &taken.paths {
                        let values: Vec<String> = path.values.iter().map(|x| format!("{x:.2}")).collect();
                        println!("   {} {:?}", values.join(" "), path.measure());
                    }
                }
            }
        }
    }
    for (pair, journeys) in &journeys {
        let worst = Worst::of(journeys, Way::Morph).unwrap();
        println!("{pair:?} {worst:?}");
    }
}
