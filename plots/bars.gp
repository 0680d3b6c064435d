# bars.gp - panels of stacked horizontal bars, one above the other: the parts of each operator's whole, in percent.
#
# From the program: bars_top, the pixel at which they begin on the open page, and bars_size.gp, by which it sized the page.

bar_left = 24 + letter * longest_name
bar_text_width = 130
bar_legend_width = 190
bar_right = page_width - bar_text_width - bar_legend_width

# Text in a part, as much of it as there is room for.
room(from, to) = (to - from) * (bar_right - bar_left)
percent(from, to) = sprintf("%.0f %%", 100 * (to - from))
full_text(k, from, to) = part_name[k] . " " . percent(from, to)
part_text(k, from, to) = room(from, to) > 8 + 0.9 * letter * strlen(full_text(k, from, to)) ? full_text(k, from, to) \
    : room(from, to) > 36 ? percent(from, to) : ""

unset label
unset logscale
unset grid
unset border
unset tics
unset xlabel
unset key
set xrange [0:1]
set xtics nomirror out scale 0.5 textcolor rgb ink
set xtics ("0" 0, "25 %%" 0.25, "50 %%" 0.5, "75 %%" 0.75, "100 %%" 1)
set style fill solid 1.0 border rgb "#FFFFFF"

top = bars_top
do for [p = 1:bar_panel_count] {
    rows = bar_rows(p)
    set lmargin at screen screen_x(bar_left)
    set rmargin at screen screen_x(bar_right)
    set tmargin at screen screen_y(top + bar_over)
    set bmargin at screen screen_y(top + bar_over + rows * bar_pitch)
    set yrange [rows + 0.5:0.5]
    set label 1 bar_title[p] at graph 0, graph 1 left offset 0, 0.7 textcolor rgb ink
    row = 0
    do for [r = 1:bar_count] {
        unset label 10 + r
        unset label 100 + r
        if (bar_panel[r] == p) {
            row = row + 1
            set label 10 + r series_name[bar_series[r]] at graph 0, first row right offset -0.8, 0 textcolor rgb ink
            set label 100 + r bar_text[r] at graph 1, first row left offset 0.8, 0 textcolor rgb ink
        }
    }
    plot data index sprintf("bars %d:", p) \
            using (0.5 * ($3 + $4)):1:3:4:($1 - 0.38):($1 + 0.38):(part_colour[int($2)]) \
            with boxxyerror linecolor rgb variable notitle, \
        data index sprintf("bars %d:", p) using (0.5 * ($3 + $4)):1:(part_text(int($2), $3, $4)) \
            with labels font small_size textcolor rgb "#000000" notitle
    top = top + bars_height(p)
}

draw = "plot NaN notitle, for [k = 1:part_count] keyentry with boxes fillstyle solid 1.0 noborder \
    linecolor rgb part_colour[k] title part_name[k]"
legend_left = page_width - bar_legend_width
legend_top = bars_top + bar_over - 6
legend_sample = 1.2
load plots . "legend.gp"
