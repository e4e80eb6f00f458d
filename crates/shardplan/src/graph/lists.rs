//! Many short lists in two flat arrays: pairs of list and item come in, slices go out. Knows nothing else of ours.

/// One list of numbers per table, without an allocation per table.
#[derive(Debug)]
pub(crate) struct Lists {
    /// Where each list starts in `items`, and the end of the last.
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// `count` lists filled from pairs of list and item; each list keeps the order of the pairs.
    pub(crate) fn new(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0u32; count + 1];
        for (list, _) in pairs.clone() {
            starts[list as usize + 1] += 1;
        }
        for list in 0..count {
            starts[list + 1] += starts[list];
        }
        let mut next = starts.clone();
        let mut items = vec![0; starts[count] as usize];
        for (list, item) in pairs {
            let place = &mut next[list as usize];
            items[*place as usize] = item;
            *place += 1;
        }
        Self { starts, items }
    }

    pub(crate) fn get(&self, list: u32) -> &[u32] {
        let list = list as usize;
        &self.items[self.starts[list] as usize..self.starts[list + 1] as usize]
    }
}
