//! The longer texts of the help: how to read it, three worked examples, verdicts and exit codes.

pub const USAGE: &str =
    "redact [OPTIONS] <INPUT>... --output <DIR>\n       redact [OPTIONS] - < IN > OUT\n       redact <COMMAND>";

pub const LONG_ABOUT: &str = "\
Take what identifies a person out of the pixels of DICOM files, then out of their headers.

Every input is examined: text that is burned into its pictures is found and blanked, other places where pixels or names hide \
(overlays, icons, private copies, JPEG comments) are cleared, and the header goes through a tag profile. Outputs keep the transfer \
syntax; outside the blanked areas every stored value stays as it was. What was written is decoded and checked again before it \
gets its name. What cannot be proven is withheld, never guessed.

No network is used, no input is ever changed, and no word that was found in a picture or header is shown or stored.";

pub const AFTER_SHORT: &str = "\
Example:  redact study/ -o clean/ --report report.jsonl
Exit code: 0 all written, 1 some withheld, 2 some failed or wrong usage, 130 interrupted
More: `redact --help` (examples, verdicts), `redact explain` (reasons)";

pub const AFTER_LONG: &str = "\
Examples:
  1. A folder of studies, with a report of what happened to each file:

         redact studies/ --output clean/ --report report.jsonl

     Outputs are named by new identifiers. The table at the end says how many were
     redacted, unchanged, withheld and failed, and why. `redact explain residual-text`
     says what a reason means and what to do.

  2. The same new identifiers in every delivery, and the names of files kept:

         redact studies/ --output clean/ --keep-paths --key site.key

     site.key is made on the first run, readable by you alone. With the same key a second
     run gives the same bytes, and a patient keeps one pseudonym. Keep the key apart from
     the outputs. To be able to forget a person later, make a key store instead:

         redact keys init patients.store
         redact studies/ --output clean/ --store patients.store
         redact keys erase patients.store --subject - --outputs clean/

  3. Look first, correct by hand, then run exactly that:

         redact studies/ --dry-run --plan plan.jsonl
         redact inspect studies/us1.dcm --png look/
         redact studies/ --output clean/ --plan plan.jsonl

     The plan file has a line per input with the areas to blank; edit it with any editor.

Verdicts:
  redacted    written; something in its pixels was blanked or removed
  unchanged   written; examined, and the pixel data are the input's, byte for byte
  withheld    not written; it may not leave as it is: the reason says why
  failed      not written; it could not be read, or its output not written

Exit codes:
  0    every input was written
  1    some inputs were withheld, none failed
  2    some inputs failed, or the command line could not be followed
  130  interrupted (Ctrl-C): finished outputs are whole, unfinished ones are not there";

pub const AFTER_INSPECT: &str = "\
Prints facts of the structure only, no value of the header and no recognised text. Pictures made with --png, and the list of \
--strings, show everything that is in the file: treat them like the file itself.

Examples:
  redact inspect us1.dcm --png look/
  redact inspect --strings clean/ > strings.tsv";

pub const AFTER_EXPLAIN: &str = "\
Examples:
  redact explain residual-text
  redact explain PatientAge
  redact explain 0070,0082 --sop-class 1.2.840.10008.5.1.4.1.1.11.1 --profile basic

For a tag it prints its row of PS3.15 Table E.1-1 or of the supplement, what the profile does with it and why, and with
--sop-class the Type of the attribute in each module of the class and what the action comes to there.";

pub const AFTER_PROFILE: &str = "\
A profile says what happens to every attribute of a header. Built in: hipaa+gdpr (the default: the stricter of the next two
for each rule), hipaa-safe-harbor, gdpr, basic, tcia, none. A site writes its own as a file that extends one of them:

  name = \"site-a\"
  version = \"1\"
  extends = \"hipaa+gdpr\"

  [record]
  controller = \"Clinic A, privacy@clinic-a.example\"
  purpose = \"training of a chest CT model\"
  legal_basis = \"research\"

  [[rule]]
  tag = \"0008,0070\"
  action = { replace = \"VENDOR\" }
  because = \"one vendor alone would name the site\"

Examples:
  redact profile check site-a.toml
  redact profile diff site-a.toml hipaa+gdpr
  redact profile show site-a.toml --hipaa
  redact in/ -o out/ --profile site-a.toml --documents papers/";

pub const AFTER_EVAL: &str = r#"How far can this program be trusted on pictures of your own devices? Mark the text on some of them (50 or more,
of every device and kind, some without text), then:

    redact eval scans/ --sheet misses.png --json figures.json
    redact eval scans/ --peers                   # tesseract, when installed, in the same table
    redact eval scans/ --redacted clean/         # finished outputs instead of an examination

Truth is one JSON file beside each image (or in --truth DIR), with any name that ends in .json:

    {"image": "us1.dcm", "frame": 0, "width": 640, "height": 480, "instances": [
      {"x": 10, "y": 6, "w": 180, "h": 13, "category": "phi"},
      {"x": 598, "y": 60, "w": 9, "h": 12, "category": "technical", "frames": [0, 3]}]}

  image      name of the image, below the folder of this file
  frame      the frame that the boxes hold for: a number from 0, a list, or "all"; 0 when left out
  width      size of the picture, checked when it is there; so is height
  modality   for the table, when the header has none
  instances  one for each run of text or code; [] for a file without text
    x y w h   pixels of the stored frame from the top left, tight to the ink, up to 2 pixels of room
    category  phi (names, numbers, dates, places), marker (side, view), technical, or a word of yours
    frames    as frame, for this one alone
    others    anything else, e.g. "rotation": 90, can be used with --by

Do not mark rulers, arrows and icons without letters. What is not marked counts as false area.

What is counted:
  ink         pixels of a box that stand out from a ring round it
  found       at least 99% of an instance's ink is covered, in every frame that it is in
  kept        none of its ink is covered
  ink left    ink that is not covered, of all ink
  false area  what is covered more than 8 pixels away from every box, share of a frame, mean over files
  touched     a file without text in which 16 pixels or more of a frame are covered
  withheld    files that would not leave: neither found nor missed

With --report FILE the areas come from JSON Lines: {"file": "us1.dcm", "frame": 0, "regions": [{"x": 10, ...}]}.
Exit code: 0 all files scored, 1 some withheld, 2 some not usable or wrong usage."#;
pub const AFTER_KEYS: &str = "\
A key store gives each subject a random salt, so that one subject can be forgotten: `erase` deletes its outputs below the folders that \
are given with --outputs, then its row and every trace of it in the store. Without the salt neither the store's key nor the Patient ID \
gives the pseudonym again.

Look before you erase:

    redact keys locate patients.store --subject - --outputs clean/
    redact keys erase patients.store --subject - --outputs clean/

What opens the store: a passphrase (asked for; when standard input is no terminal, its first line), or the file in --key when it was \
made with one. Subject and pseudonym are never repeated by `erase`; `locate` shows the pseudonym, runs and new studies.";
