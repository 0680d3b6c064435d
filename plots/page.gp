# page.gp - opens the output with page_width and page_height, and writes title and subtitle at its head. The program ends
# the page with `unset multiplot` and `unset output`.

if (format eq "png") {
    set terminal pngcairo noenhanced size 2 * page_width, 2 * page_height background "#FFFFFF" \
        font "DejaVu Sans,9" fontscale 2 linewidth 2 pointscale 2
} else {
    set terminal svg noenhanced size page_width, page_height dynamic background "#FFFFFF" font "DejaVu Sans,12"
}
set output output
set multiplot

title_size = format eq "png" ? ",12" : ",16"
small_size = format eq "png" ? ",8" : ",10.5"

unset key
unset border
unset tics
set lmargin at screen 0
set rmargin at screen 1
set tmargin at screen 1
set bmargin at screen 0
set label 1 title at screen screen_x(14), screen_y(22) left font title_size textcolor rgb ink
set label 2 subtitle at screen screen_x(14), screen_y(44) left textcolor rgb soft
set xrange [0:1]
set yrange [0:1]
plot NaN notitle
unset label 1
unset label 2
