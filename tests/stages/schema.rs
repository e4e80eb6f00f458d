//! The published JSON Schema: `plan.json` of every fixture comes in, and what does not validate goes out.

use jsonschema::Validator;
use serde_json::{Value, json};
use shardplan::{Comparison, Plan};

use crate::fixtures::{graph, plans, rules};

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(include_str!("../../docs/plan.schema.json")).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn document(plan: &Plan) -> Value {
    serde_json::from_str(&plan.to_json()).unwrap()
}

#[test]
fn the_plan_of_every_fixture_validates() {
    let validator = validator();
    let with_candidates = Comparison::new(&graph("limits"), &rules("limits")).unwrap().into_plan();
    for (name, plan) in plans().into_iter().chain([("a comparison".to_owned(), with_candidates)]) {
        let problems: Vec<String> = validator
            .iter_errors(&document(&plan))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{name}: {problems:#?}");
    }
}

#[test]
fn what_is_no_plan_does_not_validate() {
    let validator = validator();
    let (_, plan) = plans().into_iter().find(|(name, _)| name == "tailspin").unwrap();
    let whole = document(&plan);
    assert!(validator.is_valid(&whole));
    let breaks: [(&str, &str, Value); 6] = [
        ("", "version", json!(2)),
        ("", "format", json!("shardplan-catalog")),
        ("/body", "order", Value::Null),
        ("/body", "more", json!(1)),
        ("/body/findings/0", "severity", json!("grave")),
        ("/body/tables/0/name", "name", json!(7)),
    ];
    for (at, key, value) in breaks {
        let mut broken = whole.clone();
        broken.pointer_mut(at).unwrap()[key] = value;
        assert!(!validator.is_valid(&broken), "{at}/{key}");
        assert!(Plan::from_json(&broken.to_string()).is_err(), "{at}/{key}");
    }
    let mut shortened = whole;
    shortened.pointer_mut("/body").unwrap().as_object_mut().unwrap().remove("fingerprint");
    assert!(!validator.is_valid(&shortened));
}
