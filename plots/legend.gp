# legend.gp - a legend in a plot of its own at the right edge of the page, so that it neither covers data nor breaks into
# columns. From the caller: legend_left and legend_top in pixels, and draw, a plot command of key entries.
unset label
unset object
unset arrow
unset logscale
unset grid
unset border
unset tics
unset xlabel
set lmargin at screen screen_x(legend_left)
set rmargin at screen 1
set tmargin at screen screen_y(legend_top)
set bmargin at screen 0
set xrange [0:1]
set yrange [0:1]
set key at graph 0, graph 1 left top Left reverse vertical samplen legend_sample spacing 1.35 textcolor rgb ink
eval draw
unset key
