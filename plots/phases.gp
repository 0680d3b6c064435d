# phases.gp - where the time goes: the share of each phase of a call, one panel for each number of threads.
plots = ARG0[1:strlen(ARG0) - strlen("phases.gp")]
format = ARG2
output = ARG3
load ARG1
load plots . "theme.gp"
load plots . "bars_size.gp"

page_width = int(widest(900 + letter * longest_name, head_width)) # the bars have some 550 of it
legend_height = line_height * part_count + bar_over
page_height = int(header + footer + widest(all_bars_height, legend_height))

load plots . "page.gp"
bars_top = header
load plots . "bars.gp"
unset multiplot
unset output
