//! The configuration that `ops/compose` gives.

use crate::running::textisur_output;

#[test]
fn the_configuration_of_the_compose_file_is_one() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ops/compose/textisur.toml");
    let shown = textisur_output(&["config", "--config", file, "--json"]);
    assert_eq!(shown.code, 0, "{}", shown.errors);
    assert!(shown.output.contains("0.0.0.0:3080"), "{}", shown.output);
}

#[test]
fn an_address_for_nobody_names_those_there_are() {
    let shown = textisur_output(&["config", "--set", "supervisor.listen.textisur-edge=127.0.0.1:1"]);
    assert_eq!(shown.code, 2);
    assert!(
        shown.errors.contains("no service is called textisur-edge;") && shown.errors.contains("textisur-edge-admin"),
        "{}",
        shown.errors
    );
}
