//! Code in documents is code that compiles, or part of a program that is run.

use crate::tree::{cells, read};
use crate::{compiler, header};

/// What an example of the header may take for granted.
const INCLUDES: &str = "#include <alog.h>\n#include <errno.h>\n#include <poll.h>\n#include <stdio.h>\n\
    #include <stdlib.h>\n#include <string.h>\n";

/// The blocks of code in a text: the line before each, its language, its code.
fn blocks(text: &str) -> Vec<(String, String, String)> {
    let mut blocks = Vec::new();
    let mut before = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|&line| line != "```").collect();
            let code = code.join("\n") + "\n";
            blocks.push((std::mem::take(&mut before), language.to_owned(), code));
        } else {
            before = line.to_owned();
        }
    }
    blocks
}

/// An example as a program: statements become the body of a function, which has what they speak of.
fn program(example: &str) -> String {
    let first = example.lines().find_map(|line| line.strip_prefix("static "));
    if let Some(first) = first {
        // An example of an example: it is called. Otherwise the function is at least there.
        let name = first.split('(').next().and_then(|it| it.split([' ', '*']).next_back());
        let used = match name {
            Some(name) if !example.contains("example(") => format!("void use(void);\nvoid use(void) {{ (void){name}; }}\n"),
            _ => "void use(alog_config *config);\nvoid use(alog_config *config) { example(config); }\n".into(),
        };
        return format!("{INCLUDES}{example}{used}");
    }
    let given = "alog_logger log, alog_config *config, alog_error error";
    let used = "(void)log; (void)config; (void)error;";
    format!("{INCLUDES}void use({given});\nvoid use({given})\n{{\n{used}\n{{\n{example}}}\n}}\n")
}

/// Compiles all of them; fails with what the compiler says.
fn compile(name: &str, examples: &[String]) {
    for (number, example) in examples.iter().enumerate() {
        let outcome = compiler::check(&format!("{name}-{number}"), &program(example), false);
        assert!(outcome.is_ok(), "{}\n{example}", outcome.unwrap_err());
    }
}

#[test]
fn every_example_of_the_header_compiles() {
    let text = header::text();
    let comments = text.lines().map(|line| line.strip_prefix(" * ").unwrap_or_default());
    let comments: Vec<&str> = comments.collect();
    let examples: Vec<String> = blocks(&comments.join("\n"))
        .into_iter()
        .inspect(|(_, language, _)| assert_eq!(language, "c"))
        .map(|(_, _, code)| code)
        .collect();
    assert_eq!(examples.len(), header::functions().len(), "one for each function");
    compile("header", &examples);
}

#[test]
fn the_smallest_use_in_the_header_compiles() {
    let text = header::text();
    let example = text.split_once("Smallest use:\n *\n").expect("the smallest use").1;
    let example = example.split_once(" */").expect("the end of the comment").0;
    compile("smallest", &[example.replace("\n *", "\n").replacen(" *", "", 1)]);
}

/// What stands set in at the beginning of a header, as code.
fn first_example(header: &str) -> String {
    let text = read(header);
    let introduction = text.split_once("*/").expect("a comment").0;
    let lines = introduction.lines().filter_map(|line| line.strip_prefix(" *   "));
    lines.take_while(|line| !line.starts_with("- ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_first_example_of_the_macros_compiles() {
    let example = first_example("include/alog_log.h");
    assert!(example.contains("ALOG_INFO"), "{example}");
    let given = "alog_logger log, const char *name, int done, int all";
    let source = format!(
        "#include <alog_log.h>\nvoid use({given});\nvoid use({given})\n{{\n{example}\n}}\n"
    );
    compiler::check("macros", &source, false).unwrap_or_else(|why| panic!("{why}\n{source}"));
}

#[test]
fn the_first_example_of_the_wrapper_compiles() {
    let example = first_example("include/alog.hpp");
    assert!(example.contains("log.info"), "{example}");
    let source = format!(
        "#include <alog.hpp>\nvoid use(const std::string &name);\nvoid use(const std::string &name)\n{{\n{example}\n}}\n"
    );
    compiler::check("wrapper", &source, true).unwrap_or_else(|why| panic!("{why}\n{source}"));
}

/// Whether `make test` runs what stands in this file, and looks at what it does.
fn is_run(path: &str) -> bool {
    path.starts_with("examples/") || path.starts_with("bindings/go/example")
}

/// The languages of a document, each of whose blocks is part of a program that is run.
fn shown(document: &str) -> Vec<String> {
    let mut languages = Vec::new();
    for (before, language, code) in blocks(&read(document)) {
        if !["c", "cpp", "python", "go", "rust"].contains(&language.as_str()) {
            continue;
        }
        let path = before.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->"));
        let path = path.unwrap_or_else(|| panic!("{document}: no `<!-- FILE -->` before:\n{code}"));
        assert!(is_run(path), "{document}: {path} is nothing that `make test` runs");
        assert!(!code.trim().is_empty(), "{document}: the block of {path} is empty");
        assert!(
            read(path).contains(&code),
            "{document} does not show what stands in {path}:\n{code}"
        );
        languages.push(language);
    }
    languages
}

#[test]
fn every_block_of_code_in_a_readme_is_part_of_a_program_that_is_run() {
    let languages = shown("README.md");
    for language in ["c", "cpp", "python", "go", "rust"] {
        assert!(languages.iter().any(|shown| shown == language), "README.md shows no {language}");
    }
    assert!(!shown("bindings/go/README.md").is_empty());
}

#[test]
fn the_readme_answers_the_same_questions_for_every_language() {
    let text = read("README.md");
    for language in ["C", "Python", "Go", "Rust"] {
        let section = text.split_once(&format!("\n### {language}\n")).expect(language).1;
        let section = section.split("\n### ").next().unwrap_or_default();
        let questions = ["Install", "Existing logging", "Errors", "Stopping", "Forking", "Speed"];
        for question in questions {
            let answers = section.contains(&format!("\n- **{question}**"));
            assert!(answers, "README.md, {language}: no word on \"{question}\"");
        }
    }
}

#[test]
fn the_keys_in_the_readme_have_the_defaults_of_the_header() {
    let keys = |text: String| -> Vec<(String, String)> {
        let rows =
            text.lines().skip_while(|line| !line.contains("| key ")).map_while(cells).skip(2);
        rows.map(|cells| (cells[0].clone(), cells[2].clone())).collect()
    };
    let in_header = keys(header::text());
    assert!(in_header.len() > 5);
    assert_eq!(keys(read("README.md")), in_header);
}
