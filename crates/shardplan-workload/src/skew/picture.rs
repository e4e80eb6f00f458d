//! The load of shards comes in, a bar for each goes out, as an SVG document that needs nothing besides. Knows no tables.

use std::fmt::Write;

use super::{ShardLoad, Skew};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
/// Room for the words above the bars.
const TOP: f64 = 28.0;
/// Room for the nodes below the bars.
const BOTTOM: f64 = 22.0;

/// Colours of what is known and assumed and of the line of the average, by day and by night, with enough contrast to either paper.
const STYLE: &str = "\
.skew text{font:12px system-ui,sans-serif;fill:#14202b}.skew .known{fill:#1e4fa3}.skew .assumed{fill:#7fb0ff}\
.skew .average{stroke:#b42318;stroke-dasharray:4 3}\
@media(prefers-color-scheme:dark){.skew text{fill:#e8edf2}.skew .known{fill:#8fbcff}.skew .assumed{fill:#2f5aa8}\
.skew .average{stroke:#ff8a80}}";

pub(super) fn of(skew: &Skew) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"skew\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\
         <title>{}</title><style>{STYLE}</style>\n<text x=\"0\" y=\"14\">{}</text>\n",
        escaped(&title(skew)),
        escaped(&title(skew)),
    );
    let most = skew.shards.iter().map(|shard| shard.load.weight()).fold(0.0, f64::max);
    if most > 0.0 {
        bars(&mut svg, skew, most);
        average(&mut svg, skew, most);
    }
    svg.push_str("</svg>\n");
    svg
}

fn title(skew: &Skew) -> String {
    match (skew.hottest_shard, skew.hottest_node) {
        (Some(shard), Some(node)) => format!(
            "{}: {} shards on {} nodes; the fullest shard has {shard:.2} times the average, the fullest node {node:.2} times",
            skew.key,
            skew.shards.len(),
            skew.nodes.len()
        ),
        _ => format!("{}: nothing is known of the load of its shards", skew.key),
    }
}

fn bars(svg: &mut String, skew: &Skew, most: f64) {
    // The shards of a node stand side by side, in the order of the nodes.
    let mut shards: Vec<&ShardLoad> = skew.shards.iter().collect();
    shards.sort_by_key(|shard| (shard.node, shard.shard));
    let width = WIDTH / shards.len() as f64;
    let bottom = HEIGHT - BOTTOM;
    for (at, shard) in shards.iter().enumerate() {
        let left = at as f64 * width;
        let height = shard.load.weight() / most * (bottom - TOP);
        let known = height * if shard.load.rows > 0.0 { shard.load.known_rows / shard.load.rows } else { 0.0 };
        let _ =
            write!(svg, "<g><title>shard {}, node {}: {:.0} rows</title>", shard.shard, shard.node, shard.load.rows);
        for (class, above, tall) in [("known", 0.0, known), ("assumed", known, height - known)] {
            let (top, wide) = (bottom - above - tall, (width * 0.85).max(0.1));
            let _ = write!(
                svg,
                "<rect class=\"{class}\" x=\"{left:.2}\" y=\"{top:.2}\" width=\"{wide:.2}\" height=\"{tall:.2}\"/>"
            );
        }
        svg.push_str("</g>\n");
        if at == 0 || shards[at - 1].node != shard.node {
            let _ = writeln!(svg, "<text x=\"{left:.2}\" y=\"{:.2}\">node {}</text>", HEIGHT - 6.0, shard.node);
        }
    }
}

fn average(svg: &mut String, skew: &Skew, most: f64) {
    let sum: f64 = skew.shards.iter().map(|shard| shard.load.weight()).sum();
    let bottom = HEIGHT - BOTTOM;
    let y = bottom - sum / skew.shards.len() as f64 / most * (bottom - TOP);
    let _ = writeln!(svg, "<line class=\"average\" x1=\"0\" y1=\"{y:.2}\" x2=\"{WIDTH}\" y2=\"{y:.2}\"/>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
