//! What a caller adds to the page: words and tables of an analysis beside the plan come in, and are shown as they are. Knows nothing
//! of what they say.

/// A part of the page with a title of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its place in the page, as in `report.html#evenness`: letters and hyphens, unlike those of the page itself.
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// What stands in it, in order.
    pub parts: Vec<Part>,
}

/// A piece of a section. Names between backquotes are shown as code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A title within the section.
    Title(String),
    /// A paragraph.
    Text(String),
    /// Something to look at: what it is, what is said of it, and SQL for it.
    Entry {
        /// What it is, on one line.
        what: String,
        /// What is said of it, a sentence or two each.
        about: Vec<String>,
        /// SQL.
        sql: Option<String>,
    },
    /// Rows of cells under a head.
    Table {
        /// The titles of the columns.
        head: Vec<String>,
        /// The rows, as many cells each.
        rows: Vec<Vec<String>>,
    },
    /// A picture.
    Picture {
        /// As SVG. It is shown as an image: what it holds is neither run nor loaded.
        svg: String,
        /// What it shows, for who cannot see it.
        says: String,
    },
}
