#!/usr/bin/env bash
# test_history.sh - baselines and histories: a build that is kept and checked, a history with known steps imported, its verdicts and
# exit codes, acknowledging, pages that parse, charts, and what cannot be used.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

build=$(realpath "$1")
program=$build/seqscale
export SEQSCALE_DB=$scratch/results.db
cd "$scratch"

# Runs of three cells: a is 12 % slower from run 40 on, b has no step, c has too few.
make_history() { # VALUE UNIT: the column's name, and what a ratio of 1 is
    python3 - "$1" "$2" <<'PYTHON'
import datetime, random, sys
random.seed(4)
unit = float(sys.argv[2])
print("commit,date,operator,length,width," + sys.argv[1])
for name, count, step in (("a", 60, 40), ("b", 60, 60), ("c", 9, 9)):
    for i in range(count):
        ratio = random.gauss(1, 0.01) * (1.12 if i >= step else 1)
        print(f"{name}{i:03d}abc,{datetime.date(2026, 3, 1) + datetime.timedelta(days=i)},{name},1024,64,{ratio * unit:.6g}")
PYTHON
}
make_history ratio 1 >nightly.csv
make_history seconds 0.0025 >seconds.csv

history() {
    "$program" history "$@"
}

# read_json PYTHON WORDS...: runs PYTHON with `found`, what history prints as JSON.
read_json() {
    local -r test=$1
    shift
    { history --format json "$@" || true; } >found.json
    python3 -c "import json; found = json.load(open('found.json')); cells = {s['operator']: s for s in found['series']}
$test"
}

# ---------------------------------------------------------------- histories

imported_steps_are_found() {
    exits 1 history --import nightly.csv
    read_json "
change, = cells['a']['changes']
assert change['state'] == 'confirmed' and change['direction'] == 'slower', change
assert change['ratio']['low'] < 1.12 < change['ratio']['high'] and 1.1 < change['ratio']['value'] < 1.14
assert 'a040abc' in change['range'] and len(change['range']) <= 5
assert change['good'] < 'a040abc' <= change['bad'] and change['runs_since'] in (19, 20, 21)
assert cells['b']['changes'] == [] and cells['c']['changes'] == []
assert cells['c']['reason'] == '9 points, 10 are needed'
assert found['slowdowns'] == 1 and found['judged'] == 2 and len(cells['a']['runs']) == 60"
}

seconds_become_ratios() {
    exits 1 history --import seconds.csv --reference seconds
    read_json "
assert cells['a']['reference'] == 'median of the first 5 runs'
assert 0.98 < cells['a']['runs'][0]['ratio'] < 1.02 and len(cells['a']['changes']) == 1" --reference seconds
    read_json "assert cells['a']['reference'] == 'commit a050abc' and 0.87 < cells['a']['runs'][0]['ratio'] < 0.91" \
        --reference seconds --reference-commit a050abc a
    exits 2 history a --reference seconds --reference-commit nothing
    exits 0 history remove seconds
}

order_is_by_date() {
    { head -n 1 nightly.csv && tail -n +2 nightly.csv | sort -R --random-source=/dev/zero; } >shuffled.csv
    history --import shuffled.csv --name shuffled >/dev/null || true
    read_json "assert [r['commit'] for r in cells['a']['runs']] == sorted(r['commit'] for r in cells['a']['runs'])" \
        --reference shuffled
    exits 0 history remove shuffled
}

acknowledged_is_no_alarm() {
    exits 2 history acknowledge a040abc
    exits 2 history acknowledge b010 --note 'nothing there'
    exits 0 history acknowledge a040 a@length=1024 --note 'safer, and worth it'
    exits 0 history
    prints 'safer, and worth it' history
    read_json "
change, = cells['a']['changes']
assert change['acknowledged'] and change['state'] == 'acknowledged' and change['note'] == 'safer, and worth it'
assert found['slowdowns'] == 0"
    exits 0 history unacknowledge a040
    exits 2 history unacknowledge a040
    exits 1 history
}

imported_again_is_replaced() {
    grep -v '^[bc][0-9]' nightly.csv >shorter.csv
    exits 1 history --import shorter.csv --name nightly
    read_json "assert list(cells) == ['a']"
    exits 1 history --import nightly.csv
    read_json "assert sorted(cells) == ['a', 'b', 'c'] and len(cells['a']['runs']) == 60"
}

cells_are_chosen() {
    exits 0 history b
    exits 0 history --where 'operator=b,length=1k,width=64'
    exits 3 history c@length=1024
    exits 2 history b@length=2k
    exits 2 history --where 'operator=d'
    exits 2 history --where 'nonsense=1'
    exits 2 history --reference nothing
    prints '9 points, 10 are needed' history c
}

csv_has_a_row_for_each_run() {
    { history --format csv || true; } >runs.csv
    python3 - runs.csv <<'PYTHON'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert len(rows) == 129, len(rows)
changes = [row for row in rows if row["change"]]
assert len(changes) == 1 and changes[0]["change"] == "confirmed" and 1.1 < float(changes[0]["change_ratio"]) < 1.14
assert changes[0]["good"] < changes[0]["commit"] <= changes[0]["bad"]
PYTHON
}

charts_are_drawn() {
    command -v gnuplot >/dev/null || return 0
    history --chart charts 2>/dev/null >/dev/null || [[ $? -eq 1 ]]
    history a --chart one.svg 2>/dev/null >/dev/null || [[ $? -eq 1 ]]
    file charts/history.png | grep -q PNG
    python3 -c 'import sys, xml.etree.ElementTree as tree; [tree.parse(path) for path in sys.argv[1:]]' charts/history.svg one.svg
    grep -q 'a@length=1024,width=64' one.svg
    grep -q '1.12x' one.svg
}

bad_file_is_a_sentence() { # TEXT OF THE FILE, SENTENCE
    printf '%b' "$1" >bad.csv
    exits 2 history --import bad.csv
    prints "$2" history --import bad.csv
    exits 1 history # nothing of it is stored
    read_json "assert len(found['series']) == 3"
}

no_history_is_a_sentence() {
    exits 2 history --db nothing.db
    SEQSCALE_DB=empty.db "$program" import <(printf 'operator,length,seconds\na,1,1\n') --name x >/dev/null
    prints 'there is no history yet' history --db empty.db
}

# ---------------------------------------------------------------- baselines

baseline_is_kept() {
    exits 0 "$program" baseline set one --build "$build"
    prints intact "$program" baseline
    exits 2 "$program" baseline set one
    exits 0 "$program" baseline set one --replace
    [[ $(baselines/one/seqscale list | wc -l) -gt 1 ]]
    "$program" baseline list --format json >found.json
    python3 - <<'PYTHON'
import hashlib, json, os
found, = json.load(open("found.json"))["baselines"]
digest = hashlib.sha256()
names = sorted(os.listdir("baselines/one/operators"))
files = ["operators/" + name for name in names] + ["seqscale"]
for name in files:
    content = open("baselines/one/" + name, "rb").read()
    digest.update(name.encode() + b"\0" + str(len(content)).encode() + b"\0" + content)
assert found["hash"] == digest.hexdigest() and found["files"] == len(files) and found["state"] == "intact", found
PYTHON
}

changed_baseline_is_noticed() {
    echo x >>baselines/one/operators/null.so
    prints changed "$program" baseline
    prints 'was changed since it was set' "$program" ab --base baseline:one --operator null --length 64
    rm -r baselines/one
    prints missing "$program" baseline
    prints 'is gone' "$program" ab --base baseline:one --operator null --length 64
    exits 0 "$program" baseline remove one
    exits 2 "$program" baseline remove one
}


expect test_history_imported_steps_are_found imported_steps_are_found
expect test_history_seconds_become_ratios seconds_become_ratios
expect test_history_order_is_by_date order_is_by_date
expect test_history_acknowledged_change_is_no_alarm acknowledged_is_no_alarm
expect test_history_imported_again_is_replaced imported_again_is_replaced
expect test_history_cells_are_chosen cells_are_chosen
expect test_history_csv_has_a_row_for_each_run csv_has_a_row_for_each_run
expect test_history_charts_are_drawn charts_are_drawn
expect test_history_empty_file_is_a_sentence bad_file_is_a_sentence '' 'is empty'
expect test_history_without_ratios_is_a_sentence \
    bad_file_is_a_sentence 'commit,operator,length\na,b,1\n' 'one of the columns ratio and seconds'
expect test_history_unknown_column_is_a_sentence \
    bad_file_is_a_sentence 'commit,operator,length,ratio,colour\na,b,1,1,red\n' "unknown column 'colour'"
expect test_history_bad_row_is_named \
    bad_file_is_a_sentence 'commit,operator,length,ratio\na,b,1,1\nb,b,1,-3\n' 'line 3: ratio: -3 is not more than zero'
expect test_history_bad_date_is_named \
    bad_file_is_a_sentence 'commit,operator,length,ratio,date\na,b,1,1,soon\n' "line 2: date: 'soon' is no date"
expect test_history_ratio_outside_its_interval_is_named \
    bad_file_is_a_sentence 'commit,operator,length,ratio,low,high\na,b,1,1,2,3\n' 'outside its interval'
expect test_history_short_row_is_named bad_file_is_a_sentence 'commit,operator,length,ratio\na,b\n' '2 fields, but the header has 4'
expect test_history_missing_file_is_usage exits 2 history --import nothing.csv
expect test_history_of_nothing_is_a_sentence no_history_is_a_sentence
expect test_baseline_is_a_whole_build_with_its_hash baseline_is_kept
expect test_baseline_that_was_changed_is_noticed changed_baseline_is_noticed
expect test_baseline_of_no_build_is_a_sentence prints 'is no build of seqscale' "$program" baseline set x --build "$scratch"
expect test_baseline_with_a_path_for_a_name_is_refused exits 2 "$program" baseline set ../x
expect test_baseline_of_an_unknown_commit_is_usage exits 2 "$program" baseline set x --commit nothing

close_cases
