//! Whether every quotation mark of a list as text finds its partner: one that stands alone takes the rows behind it into its cell, and they
//! would be gone without a word.

use fleet::sheet::could_be_a_number;

/// Bytes of a line between quotation marks that are looked at; a row is shorter.
const LONGEST_LINE: usize = 4096;

/// Where the reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    RowBegin,
    CellBegin,
    Cell,
    Quoted,
    /// Behind a mark in a quoted cell: its end, unless a second one follows.
    Mark,
}

/// Looks through a list, piece by piece, as the reader of its rows will do it.
#[derive(Debug)]
pub(super) struct Quotes {
    separator: u8,
    at: At,
    /// The row that is read, as a spreadsheet counts.
    row: u64,
    cells: usize,
    most_cells: usize,
    after_return: bool,
    /// Row in which the last quoted cell began.
    opened: u64,
    /// Whether that cell goes over several lines.
    broken: bool,
    /// Its last line so far.
    line: Vec<u8>,
    fault: Option<u64>,
}

impl Quotes {
    pub fn new(separator: u8) -> Self {
        Self {
            separator,
            at: At::RowBegin,
            row: 1,
            cells: 1,
            most_cells: 0,
            after_return: false,
            opened: 1,
            broken: false,
            line: Vec::new(),
            fault: None,
        }
    }

    pub fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }

    /// The row with a mark that has no partner, once the whole list was taken.
    pub fn unclosed(&self) -> Option<u64> {
        self.fault
            .or_else(|| (self.at == At::Quoted).then_some(self.opened))
    }

    fn byte(&mut self, byte: u8) {
        match self.at {
            At::Quoted if byte == b'"' => self.at = At::Mark,
            At::Quoted => self.inside(byte),
            At::Mark if byte == b'"' => {
                self.at = At::Quoted;
                self.inside(byte);
            }
            At::Mark => {
                self.closed(byte);
                self.outside(byte);
            }
            At::RowBegin | At::CellBegin if byte == b'"' => {
                self.at = At::Quoted;
                self.opened = self.row;
                self.broken = false;
                self.line.clear();
                self.after_return = false;
            }
            At::RowBegin | At::CellBegin | At::Cell => self.outside(byte),
        }
    }

    fn outside(&mut self, byte: u8) {
        let line_end = is_line_end(byte);
        if line_end {
            if self.at != At::RowBegin {
                self.most_cells = self.most_cells.max(self.cells);
                self.cells = 1;
            }
            if byte != b'\n' || !self.after_return {
                self.row += 1;
            }
            self.at = At::RowBegin;
        } else if byte == self.separator {
            self.cells += 1;
            self.at = At::CellBegin;
        } else {
            self.at = At::Cell;
        }
        self.after_return = byte == b'\r';
    }

    fn inside(&mut self, byte: u8) {
        if is_line_end(byte) {
            self.judge_line();
            self.broken = true;
            self.line.clear();
        } else if self.line.len() < LONGEST_LINE {
            self.line.push(byte);
        }
    }

    /// Several lines end where a separator or the row's end follows; a mark before other text began another cell.
    fn closed(&mut self, next: u8) {
        self.judge_line();
        if self.broken && next != self.separator && !is_line_end(next) {
            self.accuse();
        }
    }

    /// A further line of a cell that looks as a row of this list does.
    fn judge_line(&mut self) {
        if !self.broken || self.line.is_empty() {
            return;
        }
        let line = String::from_utf8_lossy(&self.line);
        let cells: Vec<&str> = line.split(char::from(self.separator)).collect();
        let is_row = cells.len() >= self.most_cells && cells.into_iter().any(could_be_a_number);
        if is_row {
            self.accuse();
        }
    }

    fn accuse(&mut self) {
        self.fault = self.fault.or(Some(self.opened));
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unclosed(text: &str) -> Option<u64> {
        let mut quotes = Quotes::new(b',');
        // In pieces, as it comes from the disk.
        for piece in text.as_bytes().chunks(7) {
            quotes.take(piece);
        }
        quotes.unclosed()
    }

    #[test]
    fn a_mark_that_is_never_closed_is_told_with_its_row() {
        let begin = "imei,customer\n356938030000013,";
        for rest in [
            "\"Bob\n356938030000021,C\n356938030000039,D\n",
            "\"Bob",
            "\"Bob\n",
            "\"Bob \"\"the builder\"\"\n",
        ] {
            assert_eq!(unclosed(&format!("{begin}{rest}")), Some(2), "{rest:?}");
        }
        assert_eq!(unclosed("imei,customer\r\n\r\n1,\"x\r\n2,y\r\n"), Some(3));
        assert_eq!(unclosed("imei,customer\r1,a\r2,\"x\r3,y\r"), Some(3));
    }

    #[test]
    fn a_mark_that_a_later_row_closes_is_told_too() {
        for text in [
            // The next quoted cell's first mark ends it, and text follows.
            "imei,customer\n356938030000013,\"Bob\n356938030000021,\"C\"\n",
            "\"imei\",\"customer\"\n\"356938030000013\",\"Bob\n\"356938030000021\",\"C\"\n",
            // A mark at the end of a later cell ends it properly, yet a whole row stands inside.
            "imei,customer\n356938030000013,\"Bob\n356938030000021,C\"\n",
            "imei,customer\n356938030000013,\"Bob\n356938030000021,C\n\",D\n",
        ] {
            assert_eq!(unclosed(text), Some(2), "{text:?}");
        }
    }

    #[test]
    fn cells_of_several_lines_stay_cells() {
        for text in [
            "imei,customer\n356938030000013,\"Bob\nand Ann\"\n356938030000021,\"x\ny\"",
            "imei,note,customer\n356938030000013,\"was\n356938030000021\",C\n",
            "imei,note\n356938030000013,\"He said \"\"no\"\"\nand went\"\n",
            "imei,note\n356938030000013,12\" rack\n356938030000021,a \"b\n",
            "imei,note\n\"356938030000013\",\"\"\n\"356938030000021\",\"\"\n",
            "imei,note\n356938030000013,\"3 \"\" x\"",
            "",
        ] {
            assert_eq!(unclosed(text), None, "{text:?}");
        }
    }
}
