# history.gp - cells over commits: a panel for each, its runs as ratios to one reference, the median of each level as a line,
# and the changes between them: confirmed ones filled, candidates hollow, acknowledged ones grey.
plots = ARG0[1:strlen(ARG0) - strlen("history.gp")]
format = ARG2
output = ARG3
load ARG1
load plots . "theme.gp"

panel_columns = panel_count == 1 ? 1 : 2
panel_rows = (panel_count + panel_columns - 1) / panel_columns
panel_width = panel_count == 1 ? 760 : 520
panel_height = panel_count == 1 ? 360 : 240
panel_left = 70
panel_gap = 70
panel_over = 30
panel_under = 56
panel_pitch = panel_over + panel_height + panel_under
legend_height = 30
page_width = int(widest(panel_left + panel_columns * (panel_width + panel_gap) - panel_gap + 50, head_width))
page_height = header + panel_rows * panel_pitch + legend_height + footer

load plots . "page.gp"

# slower, faster, candidate, acknowledged
array mark_colour[4] = ["#C0392B", "#009E73", "#D58A00", "#8C8C8C"]
array mark_symbol[4] = [9, 11, 8, 9]
array mark_name[4] = ["slower, confirmed", "faster, confirmed", "candidate", "acknowledged"]

block(p, kind) = sprintf("panel %d %s:", p, kind)
row_height = 0.062 # of a label, as a fraction of the panel

set border 3 linecolor rgb soft linewidth 0.7
do for [p = 1:panel_count] {
    column = (p - 1) % panel_columns
    row = (p - 1) / panel_columns
    left = panel_left + column * (panel_width + panel_gap)
    top = header + panel_over + row * panel_pitch
    set lmargin at screen screen_x(left)
    set rmargin at screen screen_x(left + panel_width)
    set tmargin at screen screen_y(top)
    set bmargin at screen screen_y(top + panel_height)
    set xrange [0.5:panel_runs[p] + 0.5]
    set yrange [panel_low[p]:panel_high[p]]
    set label 1 panel_title[p] at graph 0, graph 1 left offset 0, 0.8 textcolor rgb ink
    set label 2 panel_note[p] at graph 0.5, graph 0.93 center textcolor rgb soft
    if (column == 0) {
        set label 3 "time / reference" at screen screen_x(16), graph 0.5 center rotate by 90 textcolor rgb ink
    } else {
        unset label 3
    }
    set grid ytics linetype 1 linecolor rgb grid linewidth 0.6 dashtype 1 back
    set ytics nomirror out scale 0.5 format "%g" textcolor rgb ink
    unset xtics
    set xtics nomirror out scale 0.5 font small_size textcolor rgb ink
    eval "set xtics (" . panel_tics[p] . ")"
    do for [c = 1:change_count] {
        unset label 100 + c
        unset label 200 + c
        unset arrow 100 + c
        unset object 100 + c
        if (change_panel[c] == p) {
            m = change_mark[c]
            label_y = 0.95 - row_height * change_row[c]
            right_side = change_x[c] > 0.8 * panel_runs[p]
            set object 100 + c rectangle from first change_first[c], graph 0 to first change_last[c] + 1, graph label_y behind \
                fillcolor rgb shade fillstyle solid noborder
            set arrow 100 + c from first change_x[c], graph 0 to first change_x[c], graph label_y nohead \
                linecolor rgb mark_colour[m] dashtype 3 linewidth 0.9
            set label 200 + c "" at first change_x[c], graph label_y point pointtype mark_symbol[m] pointsize 1.1 \
                linecolor rgb mark_colour[m] linewidth 1.4 front
            if (right_side) {
                set label 100 + c change_text[c] at first change_x[c], graph label_y right offset -1, 0 font small_size \
                    textcolor rgb mark_colour[m] front
            } else {
                set label 100 + c change_text[c] at first change_x[c], graph label_y left offset 1, 0 font small_size \
                    textcolor rgb mark_colour[m] front
            }
        }
    }
    draw = 'plot 1 with lines linecolor rgb "#A8A8A8" dashtype 2 linewidth 0.9 notitle'
    if (panel_interval[p]) {
        draw = draw . ', data index block(p, "runs") using 1:($3 == $3 ? $2 : NaN):3:4 with yerrorbars pointtype 7 \
            pointsize 0 linecolor rgb "#80" . palette[2][2:7] linewidth 0.8 notitle'
    }
    draw = draw . ', data index block(p, "runs") using 1:2 with points pointtype 7 pointsize 0.45 linecolor rgb palette[2] \
        notitle, data index block(p, "levels") using 1:2 with lines linecolor rgb ink linewidth 2 notitle'
    eval draw
}

# The legend, a line below the panels.
unset label
unset object
unset arrow
unset grid
unset border
unset tics
set lmargin at screen 0
set rmargin at screen 1
set tmargin at screen screen_y(page_height - footer - legend_height)
set bmargin at screen 0
set xrange [0:1]
set yrange [0:1]
set key at screen screen_x(panel_left - 30), screen_y(page_height - footer - legend_height + 4) left top Left reverse horizontal \
    samplen 1.6 maxrows 1 textcolor rgb ink
draw = 'plot NaN notitle, keyentry with points pointtype 7 pointsize 0.6 linecolor rgb palette[2] title "run", \
    keyentry with lines linecolor rgb ink linewidth 2 title "level"'
do for [m in marks] {
    draw = draw . sprintf(', keyentry with points pointtype mark_symbol[%s] linecolor rgb mark_colour[%s] linewidth 1.4 \
        title mark_name[%s]', m, m, m)
}
eval draw
unset multiplot
unset output
