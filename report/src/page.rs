//! The page: one file that needs nothing else.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::machine::Machine;

const STYLE: &str = include_str!("style.css");

/// A part of the page.
pub struct Section {
    pub id: &'static str,
    pub title: &'static str,
    pub body: Markup,
}

/// One of the findings that stand at the top.
pub struct Finding {
    pub figure: String,
    pub meaning: String,
    /// Whether it is as promised, where something is.
    pub good: Option<bool>,
}

impl Finding {
    /// One of which nothing is promised.
    pub fn plain(figure: impl ToString, meaning: impl ToString) -> Finding {
        Finding { figure: figure.to_string(), meaning: meaning.to_string(), good: None }
    }
}

/// Puts it together.
pub fn page(machine: &Machine, findings: &[Finding], sections: &[Section]) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "simdact on " (machine.processor) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "simdact" }
                    p { "Activation functions of neural networks, on " strong { (machine.processor) } ", " (machine.date) }
                    ul.findings {
                        @for Finding { figure, meaning, good } in findings {
                            li.good[*good == Some(true)].bad[*good == Some(false)] { b { (figure) } " " (meaning) }
                        }
                    }
                    nav aria-label="Contents" {
                        ol { @for section in sections { li { a href={ "#" (section.id) } { (section.title) } } } }
                    }
                }
                main {
                    @for section in sections {
                        section id=(section.id) aria-labelledby={ (section.id) "-title" } {
                            h2 id={ (section.id) "-title" } { (section.title) }
                            (section.body)
                        }
                    }
                }
            }
        }
    }
}

/// A table that scrolls by itself where it is too wide. The first cell of a row is its head.
pub fn table(caption: &str, heads: &[String], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for row in rows {
                        tr { @for (i, cell) in row.iter().enumerate() { @if i == 0 { th scope="row" { (cell) } } @else { td { (cell) } } } }
                    }
                }
            }
        }
    }
}

/// The same, behind a line that opens it.
pub fn folded(caption: &str, heads: &[String], rows: &[Vec<Markup>]) -> Markup {
    html! { details { summary { (caption) } (table(caption, heads, rows)) } }
}

/// Text as the cell of a table.
pub fn cell(text: impl ToString) -> Markup {
    html! { (text.to_string()) }
}

/// Whether something is as promised, as the cell of a table.
pub fn mark(good: bool, meaning: &str) -> Markup {
    html! { span.good[good].bad[!good] { (if good { "✓ " } else { "✗ " }) (meaning) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let machine = Machine { processor: "<i>fast & \"cheap\"</i>".into(), ..Machine::detect() };
        let findings = [Finding::plain("<b>", "&amp;")];
        let page = page(&machine, &findings, &[machine.section()]).into_string();
        assert!(!page.contains("<i>") && page.contains("&lt;i&gt;fast &amp; &quot;cheap&quot;&lt;/i&gt;"));
        assert!(page.contains("<b>&lt;b&gt;</b> &amp;amp;"));
        assert!(table("<x>", &["<y>".into()], &[vec![cell("<z>")]]).into_string().contains("&lt;z&gt;"));
    }
}
