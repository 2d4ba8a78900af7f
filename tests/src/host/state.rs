//! The saved state as the plugin's CLAP side writes it (a length and JSON), read and changed from outside: which
//! instrument and which tuning a project names.
//! Any thread.
//! Everything else in the state stays as it was (test: `naming_an_instrument_changes_nothing_else`).

use super::{HostError, Result};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// The field that names the instrument; its value is JSON in a string.
const FIELD: &str = "instrument";

/// The field of the learned MIDI controllers; its value is JSON in a string, too.
const CONTROLLERS: &str = "controllers";

/// The field of the modulation matrix, likewise.
const MATRIX: &str = "matrix";

/// The name that [`with_instrument`] gives; the plugin saves the model's own name instead once it has loaded it.
const NOT_LOADED: &str = "(not loaded)";

/// The same state, naming the model file at `path` (which must exist, for its hash is part of the name).
pub fn with_instrument(state: &[u8], path: &Path) -> Result<Vec<u8>> {
    let sha256 = sha256_of(path)?;
    with_reference(state, &json!({ "sha256": sha256, "name": NOT_LOADED, "path": path }))
}

/// Whether the plugin that saved this state had loaded what [`with_instrument`] and [`with_second`] named.
pub fn is_loaded(state: &[u8]) -> Result<bool> {
    Ok(instrument_of(state)?["name"] != NOT_LOADED && second_of(state)?["name"] != NOT_LOADED)
}

/// The same state, naming a model by what is given: an object of `sha256`, `name` and `path`.
pub fn with_reference(state: &[u8], model: &Value) -> Result<Vec<u8>> {
    with_wish(state, "model", model)
}

/// The same state, morphing to the model file at `path`, or to none.
pub fn with_second(state: &[u8], path: Option<&Path>) -> Result<Vec<u8>> {
    let second = match path {
        Some(path) => json!({ "sha256": sha256_of(path)?, "name": NOT_LOADED, "path": path }),
        None => Value::Null,
    };
    with_wish(state, "second", &second)
}

/// The model that a state morphs to: an object of `sha256`, `name` and `path`, or null.
pub fn second_of(state: &[u8]) -> Result<Value> {
    wish_of(state, "second")
}

/// The same state, in which MIDI controllers (by number) move parameters (by their saved ids).
pub fn with_controllers(state: &[u8], learned: &[(u8, &str)]) -> Result<Vec<u8>> {
    let saved: Map<String, Value> = learned.iter().map(|(number, id)| (number.to_string(), json!(id))).collect();
    with_field(state, CONTROLLERS, &Value::Object(saved))
}

/// The same state without a parameter (by its saved id), as a release saved it that did not have it.
pub fn without_parameter(state: &[u8], id: &str) -> Result<Vec<u8>> {
    let mut state = parse(state)?;
    let params = state.get_mut("params").and_then(Value::as_object_mut);
    let params = params.ok_or_else(|| HostError::State("no `params` in it".into()))?;
    params.remove(id).ok_or_else(|| HostError::State(format!("no parameter `{id}` in it")))?;
    written(&state)
}

/// The same state without a field, as a release saved it that did not have it.
pub fn without_field(state: &[u8], field: &str) -> Result<Vec<u8>> {
    let mut state = parse(state)?;
    fields(&mut state)?.remove(field).ok_or_else(|| HostError::State(format!("no field `{field}` in it")))?;
    written(&state)
}

/// The same state, asking for waveshapers as `"tables"` or as `"exact"` networks.
pub fn with_shaping(state: &[u8], shaping: &str) -> Result<Vec<u8>> {
    with_wish(state, "shaping", &json!(shaping))
}

/// The same state with this tuning: `.scl` and `.kbm` texts, and whether an MTS-ESP master comes before them.
pub fn with_tuning(state: &[u8], scale: Option<&str>, map: Option<&str>, mts_esp: bool) -> Result<Vec<u8>> {
    let file = |text: &str, name: &str| json!({ "path": format!("/gone/{name}"), "text": text });
    let (scale, map) = (scale.map(|text| file(text, "test.scl")), map.map(|text| file(text, "test.kbm")));
    with_field(state, "tuning", &json!({ "version": 1, "scale": scale, "map": map, "mts_esp": mts_esp }))
}

/// The same state with these rows of the modulation matrix: number (from 1), source, and the target's saved id.
pub fn with_matrix(state: &[u8], rows: &[(u8, &str, &str)]) -> Result<Vec<u8>> {
    let row = |(row, source, target): &(u8, &str, &str)| json!({ "row": row, "source": source, "target": target });
    with_field(state, MATRIX, &json!({ "version": 1, "rows": rows.iter().map(row).collect::<Vec<_>>() }))
}

/// What the state says about the modulation matrix: an object of `rows`.
pub fn matrix_of(state: &[u8]) -> Result<Value> {
    let mut state = parse(state)?;
    Ok(fields(&mut state)?.get(MATRIX).and_then(Value::as_str).map_or(Ok(Value::Null), serde_json::from_str)?)
}

/// What the state says about the tuning: an object of `scale`, `map` and `mts_esp`.
pub fn tuning_of(state: &[u8]) -> Result<Value> {
    let mut state = parse(state)?;
    Ok(fields(&mut state)?.get("tuning").and_then(Value::as_str).map_or(Ok(Value::Null), serde_json::from_str)?)
}

fn with_field(state: &[u8], field: &str, value: &Value) -> Result<Vec<u8>> {
    let mut state = parse(state)?;
    fields(&mut state)?.insert(field.to_owned(), Value::String(value.to_string()));
    written(&state)
}

/// A state as the framework writes it.
fn written(state: &Value) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(state)?;
    Ok((json.len() as u64).to_le_bytes().into_iter().chain(json).collect())
}

fn with_wish(state: &[u8], wish: &str, value: &Value) -> Result<Vec<u8>> {
    let mut parsed = parse(state)?;
    let mut saved =
        fields(&mut parsed)?.get(FIELD).and_then(Value::as_str).map_or(Ok(Value::Null), serde_json::from_str)?;
    if !saved.is_object() {
        saved = json!({ "version": 1, "execution": "Cpu" });
    }
    saved[wish] = value.clone();
    with_field(state, FIELD, &saved)
}

/// The model that a state names: an object of `sha256`, `name` and `path`, or null.
pub fn instrument_of(state: &[u8]) -> Result<Value> {
    wish_of(state, "model")
}

fn wish_of(state: &[u8], wish: &str) -> Result<Value> {
    let mut state = parse(state)?;
    let saved = fields(&mut state)?.get(FIELD).and_then(Value::as_str).map_or(Ok(Value::Null), serde_json::from_str)?;
    Ok(saved.get(wish).cloned().unwrap_or(Value::Null))
}

/// What a state holds: the parameters' values by their saved ids, each in its own unit, and the other fields as they stand.
pub fn values_of(state: &[u8]) -> Result<(BTreeMap<String, f64>, BTreeMap<String, String>)> {
    let mut state = parse(state)?;
    let texts = fields(&mut state)?.iter().filter_map(|(field, text)| Some((field.clone(), text.as_str()?.to_owned())));
    let texts = texts.collect();
    let params = state.get("params").and_then(Value::as_object);
    let params = params.ok_or_else(|| HostError::State("no `params` in it".into()))?;
    // Each value stands under its kind.
    let value = |kinds: &Value| kinds.as_object()?.values().next()?.as_f64();
    let values = params.iter().filter_map(|(id, kinds)| Some((id.clone(), value(kinds)?))).collect();
    Ok((values, texts))
}

/// SHA-256 of a file, in hexadecimal digits.
pub fn sha256_of(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|reason| HostError::Instrument { path: path.to_owned(), reason })?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The framework puts the length of the JSON before it, in eight bytes, the lowest first.
fn parse(state: &[u8]) -> Result<Value> {
    let cut = || HostError::State(format!("{} bytes, and the length before them is another", state.len()));
    let (length, json) = state.split_first_chunk::<8>().ok_or_else(cut)?;
    if u64::from_le_bytes(*length) != json.len() as u64 {
        return Err(cut());
    }
    Ok(serde_json::from_slice(json)?)
}

fn fields(state: &mut Value) -> Result<&mut Map<String, Value>> {
    state.get_mut("fields").and_then(Value::as_object_mut).ok_or_else(|| HostError::State("no `fields` in it".into()))
}

impl From<serde_json::Error> for HostError {
    fn from(error: serde_json::Error) -> Self {
        Self::State(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naming_an_instrument_changes_nothing_else() {
        let json = br#"{"version":"0.1.0","params":{"gain":{"f32":0.5}},"fields":{"window":"[760,520]","instrument":"{\"version\":1,\"model\":null,\"execution\":\"Cuda\"}"}}"#;
        let before: Vec<u8> = (json.len() as u64).to_le_bytes().into_iter().chain(*json).collect();
        let model = json!({ "sha256": "00", "name": "Cello", "path": "/gone/cello.onnx" });
        let after = with_reference(&before, &model).unwrap();
        assert_eq!(instrument_of(&after).unwrap(), model);
        let (before, after) = (parse(&before).unwrap(), parse(&after).unwrap());
        assert_eq!(before["params"], after["params"]);
        assert_eq!(before["fields"]["window"], after["fields"]["window"]);
        assert!(after["fields"]["instrument"].as_str().unwrap().contains("Cuda"));
    }

    #[test]
    fn a_strange_state_is_an_error() {
        assert!(with_reference(b"", &Value::Null).is_err());
        assert!(with_reference(b"{}", &Value::Null).unwrap_err().to_string().contains("no state of Timbrel"));
        assert!(with_reference(b"\x02\0\0\0\0\0\0\0{}", &Value::Null).unwrap_err().to_string().contains("fields"));
    }
}
