//! What `init` writes, and what it and `dev` say where nothing can be written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{SIGNED, empty};
use crate::support::command::run;

/// Every file below `dir` with its content.
fn tree(dir: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for entry in dir.read_dir().unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files.extend(tree(&entry.path()));
        } else {
            files.insert(entry.path(), std::fs::read_to_string(entry.path()).unwrap());
        }
    }
    files
}

/// What `config.example.toml` names.
const NAMED: [(&str, &str); 2] = [SIGNED, ("SMTP_PASSWORD", "canary-word")];

#[tokio::test]
async fn init_writes_what_check_passes_and_never_overwrites() {
    let dir = empty();
    let said = run(dir.path(), &["init"], &[]).await.ok();
    assert!(said.contains("wrote ./config.toml") || said.contains("wrote config.toml"), "{said}");
    assert!(said.contains("clerk-courier check"), "{said}");
    let names = |dir: &Path| -> Vec<String> {
        let name = |path: &PathBuf| path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
        tree(dir).keys().map(name).collect()
    };
    assert_eq!(names(dir.path()), [".env.example", ".gitignore", "config.toml"]);

    let ran = run(dir.path(), &["check"], &NAMED).await;
    assert!(!ran.output().contains("canary"), "{ran:#?}");
    ran.ok();
    let ran = run(dir.path(), &["check"], &[]).await;
    assert_eq!(ran.code, Some(2));
    let example = std::fs::read_to_string(dir.path().join(".env.example")).unwrap();
    for (name, _) in NAMED {
        assert!(ran.stderr.contains(&format!("variable {name} is not set")), "{name}: {ran:#?}");
        assert!(example.contains(&format!("\n{name}=\n")), "{name}: {example}");
    }

    run(dir.path(), &["init", "--all"], &[]).await.ok();
    let written = tree(dir.path());
    assert!(written.contains_key(&dir.path().join("templates/email/verification_code/body.mjml.hbs")));
    assert!(written.contains_key(&dir.path().join("templates/locales/pt-BR.ftl")));
    run(dir.path(), &["check"], &NAMED).await.ok();

    let edited = dir.path().join("templates/sms/verification_code.txt.hbs");
    std::fs::write(&edited, "mine {{otp_code}}").unwrap();
    std::fs::write(dir.path().join("config.toml"), "# mine").unwrap();
    std::fs::write(dir.path().join(".gitignore"), "target\noutbox\n.env\n").unwrap();
    std::fs::remove_file(dir.path().join("templates/sms/reset_password_code.txt.hbs")).unwrap();
    let said = run(dir.path(), &["init", "--all"], &[]).await.ok();
    assert!(said.contains("Files written: 1, kept: "), "{said}");
    assert!(said.contains("or messages: /clerk-courier.db* /clerk-courier.spool*\n"), "{said}");
    let mut expected = written;
    expected.insert(edited, "mine {{otp_code}}".to_owned());
    expected.insert(dir.path().join("config.toml"), "# mine".to_owned());
    expected.insert(dir.path().join(".gitignore"), "target\noutbox\n.env\n".to_owned());
    assert_eq!(tree(dir.path()), expected);

    let elsewhere = dir.path().join("new/place");
    run(dir.path(), &["init", "--dir", "new/place"], &[]).await.ok();
    assert!(elsewhere.join("config.toml").is_file());
}

#[tokio::test]
async fn init_copies_the_templates_and_languages_that_are_asked_for() {
    let dir = empty();
    run(dir.path(), &["init", "verification_code", "partials", "--language", "de"], &[]).await.ok();
    let files = tree(dir.path());
    let has = |path: &str| files.contains_key(&dir.path().join("templates").join(path));
    for path in [
        "email/verification_code/subject.txt.hbs",
        "email/verification_code/body.mjml.hbs",
        "email/verification_code/body.txt.hbs",
        "sms/verification_code.txt.hbs",
        "email/partials/layout.mjml.hbs",
        "locales/de.ftl",
    ] {
        assert!(has(path), "{path}");
    }
    assert!(!has("locales/en.ftl") && !has("sms/invitation.txt.hbs"));
    assert!(!dir.path().join("config.toml").exists(), "not asked for");

    // A new language: all of it is missing at first, and a message counts once its comment signs are gone.
    run(dir.path(), &["init", "--language", "sk"], &[]).await.ok();
    let check = async || run(dir.path(), &["check", "--templates"], &[]).await.ok();
    let said = check().await;
    assert!(said.contains("missing   in sk") && said.contains(" more (`check --json`)\n"), "{said}");
    let slovak = dir.path().join("templates/locales/sk.ftl");
    let text = std::fs::read_to_string(&slovak).unwrap();
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "{text}");
    let english = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/locales/en.ftl");
    let english = std::fs::read_to_string(english).unwrap();
    let uncommented: String =
        text.lines().flat_map(|line| [line.strip_prefix("# ").unwrap_or(line), "\n"]).collect();
    for line in english.lines().filter(|line| !line.starts_with('#')) {
        assert!(uncommented.contains(&format!("{line}\n")), "{line}");
    }
    std::fs::write(&slovak, uncommented).unwrap();
    let said = check().await;
    assert!(said.contains(" sk ") && !said.contains("missing   in sk"), "{said}");

    for (arguments, hint) in [
        (["init", "verifcation_code"], "did you mean \"verification_code\"?"),
        (["init", "new/place"], "use --dir new/place"),
        (["init", "--language=german"], "this is not a language"),
        (["init", "--language=pt-br"], "write it as in BCP 47, pt-BR"),
    ] {
        let ran = run(&dir.path().join("templates"), &arguments, &[]).await;
        assert_eq!(ran.code, Some(2), "{ran:#?}");
        assert!(ran.stderr.contains(hint), "{ran:#?}");
    }
    assert!(!dir.path().join("templates/templates").exists(), "nothing is written");
}

#[tokio::test]
async fn the_example_passes_with_the_variables_that_it_names() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml");
    let said = run(empty().path(), &["check", "--config", example], &NAMED).await.ok();
    assert!(said.contains("proven    "), "{said}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named_with_what_to_do() {
    let dir = empty();
    // A file in the way, since nothing else stops a test that runs as root.
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let place = file.join("place");
    let place = place.to_str().unwrap();
    for (arguments, path, advice) in [
        (["init", "--dir", place], format!("{place}/config.toml"), "or name one: --dir DIRECTORY"),
        (["init", "--all", "--dir=file"], "file/config.toml".to_owned(), "or name one: --dir DIRECTORY"),
        (["dev", "--outbox", place], place.to_owned(), "or name one: --outbox DIRECTORY"),
        // It is there, and nobody can make a file in it.
        (["dev", "--outbox", "/proc"], "/proc".to_owned(), "or name one: --outbox DIRECTORY"),
    ] {
        let ran = run(dir.path(), &arguments, &[]).await;
        let said = &ran.stderr;
        assert_eq!(ran.code, Some(1), "{ran:#?}");
        assert!(said.contains(&path) && said.contains("a directory that this user may write"), "{said}");
        assert!(said.trim_end().ends_with(advice), "{said}");
    }
}
