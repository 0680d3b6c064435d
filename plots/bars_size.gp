# bars_size.gp - how high the panels of bars are, before the page is opened.
bar_over = 30   # panel title
bar_pitch = 24  # of a bar
bar_under = 30  # tic labels
bar_rows(p) = sum [r = 1:bar_count] (bar_panel[r] == p)
bars_height(p) = bar_over + bar_rows(p) * bar_pitch + bar_under
all_bars_height = 0
do for [p = 1:bar_panel_count] { all_bars_height = all_bars_height + bars_height(p) }
