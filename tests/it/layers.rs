//! Who may know whom. The modules of `src/` are the rooms of a house, and what one names of another is an arrow: an
//! arrow that the table does not grant fails here, with the line that draws it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;

use crate::support::source::production;

/// The rooms, the roof first, and what each may know: rows of docs/ARCHITECTURE.md, word for word.
const TABLE: &[(&str, &str)] = &[
    ("`main`", "`cli`"),
    ("`cli`", "everything below"),
    ("`doctor`", "everything below but `workshop` `server`"),
    ("`workshop`", "everything below but `server`"),
    ("`rehearsal`", "everything below but `server`"),
    ("`app`", "everything below"),
    (
        "`config`",
        "`compose` `decision` `template` `delivery` `ledger` `limits` `message` `telemetry` `webhook` `key` `secret` `suggest` `text`",
    ),
    ("`server`", "`pipeline` `outcome` `telemetry` `webhook`"),
    (
        "`pipeline`",
        "`language` `compose` `decision` `event` `webhook` `ledger` `limits` `delivery` `outcome` `message` `telemetry` `clock`",
    ),
    ("`language`", "`clerk` `ledger`"),
    ("`clerk`", "`delivery` `message` `secret` `text` `tls`"),
    ("`compose`", "`decision` `template` `event` `message` `json_path` `text`"),
    ("`decision`", "`event` `outcome` `message` `json_path`"),
    ("`template`", "`message` `json_path` `suggest` `text`"),
    ("`event`", "`webhook` `message`"),
    ("`outcome`", "`delivery::fault`"),
    ("`delivery`", "`message` `clock` `file` `key` `secret` `tls`"),
    ("`ledger`", "`clock` `file` `secret` `tls`"),
    ("`limits`", "`message`"),
    ("`telemetry`", "`message` `secret`"),
    ("`webhook`", "nobody"),
    ("`message`", "`key` `text`"),
    ("`clock` `file` `json_path` `key` `secret` `suggest` `text` `tls`", "nobody"),
];

/// What only computes: its tests need no runtime, network or disk, and its answers depend on its arguments alone.
const PURE: &[&str] = &["webhook", "event", "decision", "template", "message", "outcome", "delivery/fault"];
/// Reads the directory of templates, once, when they are loaded.
const LOADER: &str = "src/template/load/source.rs";

/// The names in backticks.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Every room, the roof first, each with the prefixes of the paths that it may name.
fn grants() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut grants: Vec<(&str, Vec<&str>)> = Vec::new();
    for (rooms, may) in TABLE.iter().rev() {
        let below = grants.iter().map(|(room, _)| *room);
        let granted: Vec<_> = match may.strip_prefix("everything below") {
            Some(but) => below.filter(|room| names(but).all(|name| name != *room)).collect(),
            None => names(may).collect(),
        };
        grants.extend(names(rooms).map(|room| (room, granted.clone())));
    }
    grants.reverse();
    grants
}

/// Whether `path` is `prefix` or something in it.
fn within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn rooms_know_only_what_the_table_grants() {
    let grants = grants();
    let mut unused: BTreeSet<_> = TABLE
        .iter()
        .filter(|(_, may)| !may.starts_with("everything"))
        .flat_map(|(rooms, may)| names(rooms).flat_map(|room| names(may).map(move |path| (room, path))))
        .collect();
    let mut wrong = Vec::new();
    for source in production() {
        let room = source.module.split("::").next().unwrap();
        if room == "lib" {
            continue;
        }
        let Some((_, granted)) = grants.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: the room `{room}` has no row in the table: give it one", source.file));
            continue;
        };
        for (line, path) in source.paths() {
            unused.retain(|(from, granted)| *from != room || !within(&path, granted));
            if !within(&path, room) && !granted.iter().any(|prefix| within(&path, prefix)) {
                wrong.push(format!(
                    "{}:{line}: `{room}` must not know `{path}`: move what it needs to a room below both, or take it as an argument",
                    source.file
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} arrows that the table does not grant:\n{}", wrong.len(), wrong.join("\n"));
    assert!(unused.is_empty(), "nobody uses these grants: take them out of the table: {unused:?}");
}

#[test]
fn the_table_has_no_way_up() {
    let grants = grants();
    for (floor, (room, granted)) in grants.iter().enumerate() {
        for path in granted {
            let known = path.split("::").next().unwrap();
            let below = grants.iter().skip(floor + 1).any(|(name, _)| *name == known);
            assert!(
                below,
                "`{room}` may know `{path}`, which stands above it: move its row up, or take the grant back"
            );
        }
    }
}

#[test]
fn pure_rooms_name_no_runtime_network_environment_or_disk() {
    let impure =
        Regex::new(r"\b(tokio|axum|hyper|reqwest|std::(env|fs|net|process|thread))::|\bfs::").unwrap();
    let mut wrong = Vec::new();
    for source in production().iter().filter(|source| source.file != LOADER) {
        let path = source.module.replace("::", "/");
        if PURE
            .iter()
            .any(|pure| path.strip_prefix(pure).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
        {
            for (number, line) in source.lines().filter(|(_, line)| impure.is_match(line)) {
                let line = line.trim();
                wrong.push(format!(
                    "{}:{number}: a pure room must not say `{line}`: let its caller do that, and take the result",
                    source.file
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Who knows whom: for each name the names that it knows, each with the line that says so.
type Arrows = BTreeMap<String, BTreeMap<String, String>>;

/// One circle among the arrows, as a list of its lines.
fn circle(mut arrows: Arrows) -> Option<String> {
    // Whoever knows nobody that is left is in no circle. What remains in the end leads into one.
    let mut before = usize::MAX;
    while arrows.len() < before {
        before = arrows.len();
        let left: BTreeSet<String> = arrows.keys().cloned().collect();
        arrows.retain(|_, known| {
            known.retain(|name, _| left.contains(name));
            !known.is_empty()
        });
    }
    // So each name leads to a next one, until one comes again.
    let mut at = arrows.keys().next()?;
    let mut way: Vec<(&String, String)> = Vec::new();
    while way.iter().all(|(name, _)| *name != at) {
        let (to, place) = arrows[at].iter().next()?;
        way.push((at, format!("  {place}: `{at}` knows `{to}`")));
        at = to;
    }
    let lines: Vec<_> = way.into_iter().skip_while(|(name, _)| *name != at).map(|(_, line)| line).collect();
    Some(lines.join("\n"))
}

/// Within a room too: no file knows another one that knows it, directly or through others. A parent is a file like its
/// children: what both need is in a file below them.
#[test]
fn files_form_no_circle() {
    let sources = production();
    let modules: BTreeSet<&str> = sources.iter().map(|source| source.module.as_str()).collect();
    let mut arrows = Arrows::new();
    for source in &sources {
        let mut draw = |line: usize, to: &str| {
            if to != source.module {
                let known = arrows.entry(source.module.clone()).or_default();
                known.entry(to.to_owned()).or_insert_with(|| format!("{}:{line}", source.file));
            }
        };
        for (line, path) in source.paths() {
            let files = modules.iter().filter(|module| within(&path, module));
            if let Some(file) = files.max_by_key(|module| module.len()) {
                draw(line, file);
            }
        }
        // A parent names its children without their full path.
        let is_child =
            |name: &&str| name.rsplit_once("::").is_some_and(|(parent, _)| parent == source.module);
        for child in modules.iter().filter(|name| is_child(name)) {
            let name = child.rsplit("::").next().unwrap();
            let named = Regex::new(&format!(r"(?:^|[^\w:.])(?:self::)?{name}::")).unwrap();
            if let Some((line, _)) = source.lines().find(|(_, line)| named.is_match(line)) {
                draw(line, child);
            }
        }
    }
    if let Some(circle) = circle(arrows) {
        panic!("these files know each other:\n{circle}\nMove what they share to a file below all of them.");
    }
}

/// Nor do folders: of the files and folders beside each other in one folder, no two know each other, nor in a circle,
/// where a folder knows whatever a file in it knows.
#[test]
fn folders_beside_each_other_form_no_circle() {
    let sources = production();
    let modules: BTreeSet<&str> = sources.iter().map(|source| source.module.as_str()).collect();
    let mut arrows = Arrows::new();
    for source in &sources {
        let own: Vec<_> = source.module.split("::").collect();
        for (line, path) in source.paths() {
            let other: Vec<_> = path.split("::").collect();
            let shared = own.iter().zip(&other).take_while(|(a, b)| a == b).count();
            let (Some(from), Some(to)) = (own.get(..=shared), other.get(..=shared)) else { continue };
            if modules.contains(to.join("::").as_str()) {
                let place = format!("{}:{line}", source.file);
                arrows.entry(from.join("::")).or_default().insert(to.join("::"), place);
            }
        }
    }
    if let Some(circle) = circle(arrows) {
        panic!("these know each other:\n{circle}\nMove what they share to a file below all of them.");
    }
}

#[test]
fn the_documentation_shows_the_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ARCHITECTURE.md");
    let text = fs::read_to_string(file).unwrap();
    let section = text.split_once("\n## Who may know whom\n").expect("the heading").1;
    let section = section.split("\n## ").next().unwrap();
    let shown: Vec<_> = section.lines().filter(|line| line.starts_with('|')).collect();
    let rows = TABLE.iter().map(|(rooms, may)| format!("| {rooms} | {may} |"));
    let wanted: Vec<_> =
        ["| room | may know |".to_owned(), "| --- | --- |".to_owned()].into_iter().chain(rows).collect();
    let (shown, wanted) = (shown.join("\n"), wanted.join("\n"));
    assert_eq!(
        shown, wanted,
        "the table under \"Who may know whom\" in docs/ARCHITECTURE.md must be:\n{wanted}"
    );
}
