//! A run of fields without the values that nobody is to see.

use super::{Fields, Kind, MAX_DEPTH, put};

/// Puts the run behind `out`, with the text `shown` for every value, also of a whole group, that `hides` says yes
/// to: it is asked with the keys of the groups around and the key. Gives whether there was any; `None` without
/// memory.
pub fn redact(
    mut run: Fields<'_>,
    hides: impl Fn(&[&[u8]], &[u8]) -> bool,
    shown: &[u8],
    out: &mut Vec<u8>,
) -> Option<bool> {
    let most_items = run.as_bytes().len() / super::HEADER;
    out.try_reserve(run.as_bytes().len() + most_items * shown.len()).ok()?;
    let mut groups: [&[u8]; MAX_DEPTH] = [&[]; MAX_DEPTH];
    let (mut depth, mut found) = (0, false);
    while let Some(item) = run.item() {
        let around = &groups[..depth.min(MAX_DEPTH)];
        if item.kind != Kind::End && hides(around, item.key) {
            found = true;
            if item.kind == Kind::Group {
                run.group();
            }
            put(out, Kind::Str, item.key, shown);
            continue;
        }
        match item.kind {
            Kind::Group => {
                if let Some(place) = groups.get_mut(depth) {
                    *place = item.key;
                }
                depth += 1;
            }
            Kind::End => depth = depth.saturating_sub(1),
            _ => {}
        }
        put(out, item.kind, item.key, item.value);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::super::Run;
    use super::*;

    #[test]
    fn what_is_hidden_is_shown_as_said_and_the_rest_as_it_was() {
        let mut run = Run::default();
        run.add(b"a", 1.into());
        run.add(b"secret", "".into());
        run.add_group(b"req", |run| {
            run.add(b"secret", 5.into());
            run.add_group(b"hidden", |run| run.add(b"deep", "x".into()));
            run.add(b"b", true.into());
        });
        run.add(b"c", "d".into());
        let mut expected = Run::default();
        expected.add(b"a", 1.into());
        expected.add(b"secret", "***".into());
        expected.add_group(b"req", |run| {
            run.add(b"secret", "***".into());
            run.add(b"hidden", "***".into());
            run.add(b"b", true.into());
        });
        expected.add(b"c", "d".into());
        let mut out = Vec::new();
        let hides = |groups: &[&[u8]], key: &[u8]| {
            assert!(key != b"b" || groups == [b"req"]);
            key == b"secret" || key == b"hidden"
        };
        let found = redact(Fields::new(run.as_bytes().unwrap()), hides, b"***", &mut out);
        assert_eq!((found, &out[..]), (Some(true), expected.as_bytes().unwrap()));
    }
}
