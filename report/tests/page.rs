//! The program, in its quick form: is the page whole?

use std::fs;
use std::process::Command;

use accuracy::FUNCTIONS;

#[test]
fn the_page_has_everything() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("new/page.html");
    let program = Command::new(env!("CARGO_BIN_EXE_report")).arg("--quick").arg("--out").arg(&path).output();
    let output = program.expect("it can be run");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.trim_end().ends_with(&path.display().to_string()), "{said}");
    let page = fs::read_to_string(&path).expect("it was written");

    for part in ["machine", "curves", "errors", "speed", "rivals", "growth", "threads", "fingerprints"] {
        assert!(page.contains(&format!("<section id=\"{part}\"")), "{part}");
        assert!(page.contains(&format!("href=\"#{part}\"")), "{part}");
    }
    for function in FUNCTIONS {
        assert!(page.contains(&format!("<b>{}</b>", function.activation)), "{}: curves", function.name);
        assert!(
            page.contains(&format!("<th scope=\"row\">{}, backward</th>", function.name)),
            "{}: errors",
            function.name
        );
    }
    assert!(page.contains("same on all backends"));
    for unwanted in ["NaN", "inf<", "http://", "https://", "<script", "<link", "<img"] {
        assert!(!page.contains(unwanted), "{unwanted}");
    }

    let charts: Vec<&str> = page.split("<svg").skip(1).collect();
    assert!(charts.len() > 2 * FUNCTIONS.len(), "{} charts", charts.len());
    for chart in charts {
        let (inside, _) = chart.split_once("</svg>").expect("it is closed");
        let text = format!("<svg{inside}</svg>");
        let document = roxmltree::Document::parse(&text).expect("it is well-formed");
        let title = document.descendants().find(|node| node.has_tag_name("title")).and_then(|node| node.text());
        assert!(title.is_some_and(|title| !title.is_empty()), "{text}");
    }
    for element in ["section", "figure", "table", "details", "div", "ul", "main", "html"] {
        let opened = [' ', '>'].map(|end| page.matches(&format!("<{element}{end}")).count());
        assert_eq!(opened[0] + opened[1], page.matches(&format!("</{element}>")).count(), "{element}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for arguments in [&["--seconds", "-1"][..], &["--seconds", "x"], &["--quick", "--seconds", "1"], &["--nothing"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_report")).args(arguments).output().expect("it can be run");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
