# curves.gp - panels of curves over a logarithmic x axis, and their legend at the right.
#
# From the program: x_title, y_title; y_log, 1 for a logarithmic y axis; guide_count thin grey lines guide(k, x) of dash
# guide_dash with guide_text(k) left of guide_x(k), guide_offset characters above the line, turned by guide_angle(k)
# degrees; page_below, the height that the page has below the curves; spread, the factor between the x of neighbouring
# series where their bars would hide each other, or 1; and draw_more, where there is one: a layer in front of the curves of
# panels that have panel_lengths.

curve_columns = panel_count <= 3 ? panel_count : panel_count == 4 ? 2 : 3
curve_rows = (panel_count + curve_columns - 1) / curve_columns
curve_width = panel_count == 1 ? 520 : 390
curve_height = curve_rows == 1 ? 400 : 290
curve_left = 78
curve_gap = 20       # between columns
curve_over = 26      # panel title
curve_under = 50     # tic labels and axis title
curve_pitch = curve_over + curve_height + curve_under

entries = words(legend)
do for [p = 1:panel_count] {
    has_skipped = exists("has_skipped") && has_skipped || strlen(panel_skipped[p]) > 0
    has_failed = exists("has_failed") && has_failed || strlen(panel_failed[p]) > 0
}
legend_left = curve_left + curve_columns * (curve_width + curve_gap)
legend_width = 46 + letter * widest(longest_name, 28) # 28: the entries of cells without a time
page_width = int(widest(legend_left + legend_width + 10, head_width))
legend_height = header + curve_over + line_height * (entries + has_skipped + has_failed) + footer
page_height = header + curve_rows * curve_pitch
page_height = int(widest(page_height, legend_height) + page_below + footer)

load plots . "page.gp"

# Blocks of the data file are found by name; the colon ends it.
block(p, kind, word) = sprintf("panel %d %s %d:", p, kind, number(word))

set border 3 linecolor rgb soft linewidth 0.7
set logscale x 2
if (y_log) { set logscale y }
y_top = y_log ? y_low * (y_high / y_low) ** (1 - band) : y_low + (y_high - y_low) * (1 - band) # where the band begins
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set y2range [0:1]
dodge(x, word) = x * spread ** (number(word) - 0.5 * (series_count + 1))
known(y, low, high) = low == low && high == high ? y : NaN # an unknown end would be drawn at 0
mark_y(row) = 1.0 - mark_height * (row + 0.75)

# The layers of a panel, from behind to front.
draw_guides = ', for [k = 1:guide_count] guide(k, x) \
    with lines linecolor rgb "#A8A8A8" dashtype guide_dash linewidth 0.9 notitle'
draw_dots = ', for [s in panel_dots[p]] data index block(p, "dots", s) using 1:2 \
    with points pointtype 7 pointsize 0.4 linecolor rgb faint(number(s)) notitle'
draw_intervals = ', for [s in panel_intervals[p]] data index block(p, "curve", s) \
    using (dodge($1, s)):(known($2, $3, $4)):3:4 \
    with yerrorbars linetype number(s) dashtype 1 linewidth 1 pointsize 0 notitle'
draw_curves = ', for [s in panel_curves[p]] data index block(p, "curve", s) using (dodge($1, s)):2 \
    with linespoints linetype number(s) notitle'
draw_skipped = ', for [s in panel_skipped[p]] data index block(p, "skipped", s) using 1:(mark_y($2)) axes x1y2 \
    with points linetype number(s) notitle'
draw_failed = ', for [s in panel_failed[p]] data index block(p, "failed", s) using 1:(mark_y($2)) axes x1y2 \
    with points linetype number(s) pointtype 2 linewidth 2 notitle'
draw_legend = ', for [s in legend] keyentry with linespoints linetype number(s) title series_name[number(s)]'
draw_skipped_entry = ', keyentry with boxes fillstyle solid 1.0 noborder linecolor rgb shade \
    title "skipped (reason in the table)"'
draw_failed_entry = ', keyentry with points pointtype 2 linewidth 2 linecolor rgb soft \
    title "failed (reason in the table)"'

do for [p = 1:panel_count] {
    column = (p - 1) % curve_columns
    row = (p - 1) / curve_columns
    left = curve_left + column * (curve_width + curve_gap)
    top = header + curve_over + row * curve_pitch
    set lmargin at screen screen_x(left)
    set rmargin at screen screen_x(left + curve_width)
    set tmargin at screen screen_y(top)
    set bmargin at screen screen_y(top + curve_height)

    set label 1 panel_title[p] at graph 0, graph 1 left offset 0, 0.8 textcolor rgb ink
    set grid xtics ytics linetype 1 linecolor rgb grid linewidth 0.6 dashtype 1 back
    set xtics nomirror out scale 0.5 textcolor rgb ink
    eval "set xtics (" . x_tics . ")"
    labelled = column == 0 ? y_tics : y_marks
    unset ytics
    set ytics nomirror out scale 0.5 textcolor rgb ink
    if (strlen(labelled)) { eval "set ytics (" . labelled . ")" }
    if (!strlen(labelled)) { set format y column == 0 ? "%g" : "" }
    set xlabel x_title textcolor rgb ink offset 0, 0.3
    if (column == 0) {
        set label 3 y_title at screen screen_x(16), graph 0.5 center rotate by 90 textcolor rgb ink
    } else {
        unset label 3
    }
    if (band > 0) {
        set object 1 rectangle from graph 0, graph 1.0 - band to graph 1, graph 1 behind fillcolor rgb shade \
            fillstyle solid noborder
    }
    do for [k = 1:guide_count] {
        set label 10 + k guide_text(k) at first guide_x(k), first guide(k, guide_x(k)) right rotate by guide_angle(k) \
            offset -1.5 * guide_offset * sin(guide_angle(k) * pi / 180), guide_offset * cos(guide_angle(k) * pi / 180) \
            font small_size textcolor rgb soft
    }
    do for [c = 1:crossing_count] {
        unset label 100 + c
        unset label 200 + c
        unset arrow 100 + c
        if (crossing_panel[c] == p) {
            s = crossing_series[c]
            label_y = 0.025 + label_height * crossing_row[c]
            set label 100 + c crossing_text[c] at first crossing_label_x[c], graph label_y center font small_size \
                textcolor rgb rgb(s) front
            set label 200 + c "" at first crossing_x[c], first 1 point pointtype 6 pointsize 1.3 linecolor rgb rgb(s) \
                linewidth 1.4 front
            set arrow 100 + c from first crossing_x[c], first 1 to first crossing_label_x[c], graph label_y + 0.02 nohead \
                linecolor rgb rgb(s) dashtype 3 linewidth 0.7
        }
    }
    # Only what has data: gnuplot evaluates an empty list once, and warns.
    draw = "plot NaN notitle"
    if (guide_count > 0) { draw = draw . draw_guides }
    if (strlen(panel_dots[p])) { draw = draw . draw_dots }
    if (strlen(panel_intervals[p])) { draw = draw . draw_intervals }
    if (strlen(panel_curves[p])) { draw = draw . draw_curves }
    if (strlen(panel_skipped[p])) { draw = draw . draw_skipped }
    if (strlen(panel_failed[p])) { draw = draw . draw_failed }
    if (exists("draw_more") && strlen(panel_lengths[p])) { draw = draw . draw_more }
    eval draw
}

draw = "plot NaN notitle" . draw_legend
if (has_skipped) { draw = draw . draw_skipped_entry }
if (has_failed) { draw = draw . draw_failed_entry }
legend_top = header + curve_over - 6
legend_sample = 3.2
load plots . "legend.gp"
