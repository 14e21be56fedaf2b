//! Records as a tree: below each one those that name it as their parent.
//!
//! All records are kept until the end, for a child may come before its parent.

use super::record::{Names, Record};
use super::render::Style;
use std::collections::HashMap;

/// The deepest that a line is set in: what is deeper stands there too.
const MAX_INDENT: usize = 64;

/// The keys that make a tree.
#[derive(Clone, Debug)]
pub struct Keys {
    id: String,
    parent: String,
}

impl Keys {
    /// `ID_KEY,PARENT_KEY`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(',') {
            Some((id, parent)) if !id.is_empty() && !parent.is_empty() => {
                Ok(Self { id: id.into(), parent: parent.into() })
            }
            _ => Err("a tree needs two keys: ID_KEY,PARENT_KEY".into()),
        }
    }
}

/// The lines of a tree.
#[derive(Default)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// A record, or a line that belongs to none.
struct Node {
    line: Vec<u8>,
    /// The lines behind it that belong to it.
    more: Vec<Vec<u8>>,
}

/// One line on its way out: which one, and what it is set in by.
struct Step {
    place: usize,
    depth: usize,
    /// Bit `n`: at depth `n` more follows below.
    open: u64,
    is_last: bool,
}

impl Tree {
    /// Adds a line. `belongs`: to the record in front of it.
    pub fn add(&mut self, line: &[u8], belongs: bool) {
        match self.nodes.last_mut().filter(|_| belongs) {
            Some(node) => node.more.push(line.to_vec()),
            None => self.nodes.push(Node { line: line.to_vec(), more: Vec::new() }),
        }
    }

    /// Gives its lines, set in, to `put`, until that fails.
    pub fn put<E>(
        &self,
        keys: &Keys,
        names: &Names,
        style: Style,
        mut put: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let ids: Vec<(Option<String>, Option<String>)> = self
            .nodes
            .iter()
            .map(|node| {
                let record = Record::parse(&node.line, names);
                let of = |key| {
                    record
                        .value(key)
                        .map(|value| value.as_str().to_owned())
                        .filter(|it| !it.is_empty())
                };
                (of(&keys.id), of(&keys.parent))
            })
            .collect();
        let mut places = HashMap::new();
        for (place, (id, _)) in ids.iter().enumerate() {
            if let Some(id) = id {
                places.entry(id.as_str()).or_insert(place);
            }
        }
        let mut children = vec![Vec::new(); ids.len()];
        let mut roots = Vec::new();
        for (place, (_, parent)) in ids.iter().enumerate() {
            match parent.as_ref().and_then(|parent| places.get(parent.as_str())) {
                Some(&parent) if parent != place => children[parent].push(place),
                _ => roots.push(place),
            }
        }
        let mut is_out = vec![false; ids.len()];
        self.walk(&roots, &children, &mut is_out, names, style, &mut put)?;
        // Those that are their own ancestors hang below no root.
        for place in 0..ids.len() {
            if !is_out[place] {
                self.walk(&[place], &children, &mut is_out, names, style, &mut put)?;
            }
        }
        Ok(())
    }

    fn walk<E>(
        &self,
        roots: &[usize],
        children: &[Vec<usize>],
        is_out: &mut [bool],
        names: &Names,
        style: Style,
        put: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut out = Vec::new();
        for &root in roots {
            let mut steps = vec![Step { place: root, depth: 0, open: 0, is_last: true }];
            while let Some(Step { place, depth, open, is_last }) = steps.pop() {
                if std::mem::replace(&mut is_out[place], true) {
                    continue;
                }
                let Node { line, more } = &self.nodes[place];
                let branch = if is_last { ["└─ ", "   "] } else { ["├─ ", "│  "] };
                let all = std::iter::once((line, branch[0]));
                for (line, branch) in all.chain(more.iter().map(|line| (line, branch[1]))) {
                    out.clear();
                    set_in(depth, open, branch, &mut out);
                    style.put(&Record::parse(line, names), &mut out);
                    put(&out)?;
                }
                let below = if is_last { open & !(1 << depth) } else { open | 1 << depth };
                let depth = (depth + 1).min(MAX_INDENT - 1);
                let last = children[place].last().copied();
                steps.extend(children[place].iter().rev().map(|&child| Step {
                    place: child,
                    depth,
                    open: below,
                    is_last: Some(child) == last,
                }));
            }
        }
        Ok(())
    }
}

/// What stands in front of a line: a bar for each depth above at which more follows, and the line's own branch.
fn set_in(depth: usize, open: u64, branch: &str, out: &mut Vec<u8>) {
    for level in 1..depth {
        let bar = if open >> level & 1 == 1 { "│  " } else { "   " };
        out.extend_from_slice(bar.as_bytes());
    }
    if depth > 0 {
        out.extend_from_slice(branch.as_bytes());
    }
}
