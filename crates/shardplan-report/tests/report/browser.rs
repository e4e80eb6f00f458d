//! The page in headless Chromium, which is driven by a script that is put into a copy of it: no error, search and focus work, and
//! axe-core finds nothing.
//!
//! `SHARDPLAN_CHROMIUM` names the browser and `SHARDPLAN_AXE` the file `axe.min.js` of the npm package axe-core; without them the tests
//! say that they were left out.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use scraper::{Html, Selector};
use serde_json::Value;
use shardplan::Plan;

use super::{Shown, fixtures, large, plan, root, tailspin};

/// Notes what goes wrong from the first moment on.
const WATCH: &str = "<script>window.wrong=[];addEventListener('error',e=>wrong.push(e.message));\
    addEventListener('securitypolicyviolation',e=>wrong.push('loads '+e.blockedURI));\
    console.error=(...words)=>wrong.push(words.join(' '));</script>";

/// What a reader would do, and what is there then.
const DRIVE: &str = r##"<script>addEventListener("load", async () => {
  const result = { loaded: performance.now(), dim: 0, near: 0, hits: 0, violations: [] };
  const boxes = [...document.querySelectorAll(".box")], rows = [...document.querySelectorAll("#list tbody tr")];
  result.boxes = boxes.length;
  result.edges = document.querySelectorAll(".edge").length;
  const name = rows[0].querySelector("a").textContent;
  const field = document.getElementById("focus"), search = document.getElementById("search");
  field.value = name;
  field.dispatchEvent(new Event("change"));
  result.focused = document.getElementById("focused").textContent.startsWith(name);
  result.dim = document.querySelectorAll(".box.dim").length;
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  result.after = document.querySelectorAll(".dim").length;
  search.value = name;
  search.dispatchEvent(new Event("input"));
  result.hits = rows.filter((row) => !row.hidden).length;
  search.value = "";
  search.dispatchEvent(new Event("input"));
  result.all = rows.filter((row) => !row.hidden).length;
  const details = document.querySelector("details.table");
  document.querySelector("#list a").click();
  await new Promise((done) => setTimeout(done, 50));
  result.opened = details.open;
  if (window.axe) {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    result.violations = found.violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html.slice(0, 200)).slice(0, 3).join(" | "));
  }
  result.wrong = wrong;
  const pre = document.createElement("pre");
  pre.id = "result";
  pre.textContent = JSON.stringify(result);
  document.body.replaceChildren(pre);
});</script>"##;

/// What the browser says of a page, in light or in dark; nothing if there is no browser.
fn visit(name: &str, html: &str, dark: Option<&str>, axe: Option<OsString>) -> Option<Value> {
    let Some(browser) = env::var_os("SHARDPLAN_CHROMIUM") else {
        println!("left out: SHARDPLAN_CHROMIUM names no browser");
        return None;
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let page = folder.join("page.html");
    let axe = axe.map(|path| format!("<script>{}</script>", fs::read_to_string(path).unwrap()));
    let (head, rest) = html.split_once("<meta charset=\"utf-8\">").unwrap();
    let driven = format!("{head}<meta charset=\"utf-8\">{WATCH}{rest}{}{DRIVE}", axe.unwrap_or_default());
    fs::write(&page, driven).unwrap();
    let mut command = Command::new(browser);
    command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000", "--dump-dom"]);
    command.args(dark).arg(format!("--user-data-dir={}", folder.join("profile").display())).arg(&page);
    let output = command.output().unwrap();
    let document = Html::parse_document(&String::from_utf8_lossy(&output.stdout));
    let result = document.select(&Selector::parse("#result").unwrap()).next();
    let result = result.unwrap_or_else(|| panic!("{name}: {}", String::from_utf8_lossy(&output.stderr)));
    let _ = fs::remove_dir_all(folder.join("profile"));
    Some(serde_json::from_str(&result.text().collect::<String>()).unwrap())
}

fn assert_works(name: &str, plan: Plan, dark: Option<&str>) {
    let shown = Shown::new(plan);
    let Some(result) = visit(name, &shown.html, dark, env::var_os("SHARDPLAN_AXE")) else { return };
    let tables = shown.plan.tables.len();
    assert_eq!(result["wrong"], serde_json::json!([]), "{name}");
    assert_eq!(result["violations"], serde_json::json!([]), "{name}");
    assert_eq!(result["boxes"], tables, "{name}");
    assert_eq!(result["edges"], shown.plan.foreign_keys.len(), "{name}");
    assert_eq!((&result["focused"], &result["opened"]), (&Value::Bool(true), &Value::Bool(true)), "{name}");
    assert_eq!((result["all"].as_u64(), result["after"].as_u64()), (Some(tables as u64), Some(0)), "{name}");
    assert!(result["hits"].as_u64() >= Some(1) && result["hits"].as_u64() <= Some(tables as u64), "{name}");
    println!("{name}: loaded in {} ms", result["loaded"]);
}

const DARK: &str = "--blink-settings=preferredColorScheme=0";

#[test]
fn small_pages_work_in_light_and_dark() {
    assert_works("tailspin", tailspin(), None);
    assert_works("tailspin_dark", tailspin(), Some(DARK));
    let (name, plan) = fixtures().into_iter().find(|(name, _)| name == "hostile_names").unwrap();
    assert_works(&name, plan, None);
}

/// For axe-core, which takes a minute here, there is nothing in it that smaller pages have not. How long it loads is asserted loosely:
/// the goal is two seconds, and other tests may run beside this one.
#[test]
fn a_thousand_tables_load() {
    let shown = Shown::new(plan(&large::schema(1_000), "stores.store_id", None).unwrap());
    let Some(result) = visit("large", &shown.html, None, None) else { return };
    assert_eq!(result["wrong"], serde_json::json!([]));
    assert_eq!(result["boxes"], shown.plan.tables.len());
    println!("loaded in {} ms", result["loaded"]);
    assert!(result["loaded"].as_f64() < Some(10_000.0), "{}", result["loaded"]);
}

/// The largest of the schemas that a person has given.
#[test]
fn the_largest_schema_works() {
    let Some(folder) = env::var_os("SHARDPLAN_SCHEMAS") else {
        println!("left out: SHARDPLAN_SCHEMAS names no schemas");
        return;
    };
    let schemas = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().join("schema.sql"));
    let largest = schemas.filter_map(|path| fs::read_to_string(path).ok()).max_by_key(String::len).unwrap();
    let catalog = shardplan::Catalog::from_ddl(&largest).catalog;
    // The most referenced table with a key of one column is as good a root as any.
    let of = |key: &&shardplan::ForeignKey| key.columns.len() == 1;
    let referenced = catalog.foreign_keys.iter().filter(of).map(|key| format!("{}.{}", key.to, key.columns[0].to));
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    referenced.for_each(|key| *counts.entry(key).or_default() += 1);
    let (key, _) = counts.into_iter().max_by_key(|(_, count)| *count).unwrap();
    assert_works("largest", plan(&largest, &key, None).unwrap(), None);
}

/// What of the page is on the screenshot: its style, and all before the picture.
fn on_screen(html: &str) -> u64 {
    let (top, _) = html.split_once("<section id=\"picture\"").unwrap();
    // FNV-1a.
    top.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The screenshot in the README is of the page as it is: behind the image stands a hash of what it shows. `SHARDPLAN_BLESS=1` takes it
/// anew.
#[test]
fn the_readme_shows_the_page_as_it_is() {
    let shown = Shown::new(tailspin());
    let mark = format!("shardplan page {:016x}", on_screen(&shown.html));
    let path = root().join("docs/report.png");
    if env::var("SHARDPLAN_BLESS").is_ok_and(|value| value == "1") {
        let browser = env::var_os("SHARDPLAN_CHROMIUM").expect("SHARDPLAN_CHROMIUM names the browser that takes it");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshot");
        fs::create_dir_all(&folder).unwrap();
        let page = folder.join("page.html");
        fs::write(&page, &shown.html).unwrap();
        let mut command = Command::new(browser);
        command.args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--window-size=1200,900",
        ]);
        command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
        command.arg(format!("--screenshot={}", path.display())).arg(&page);
        assert!(command.output().unwrap().status.success());
        let mut image = fs::read(&path).unwrap();
        image.extend(mark.bytes());
        fs::write(&path, image).unwrap();
    }
    let image = fs::read(&path).unwrap();
    assert!(
        image.ends_with(mark.as_bytes()),
        "docs/report.png shows another page: take it anew with SHARDPLAN_BLESS=1"
    );
}
