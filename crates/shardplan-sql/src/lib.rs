//! Renders a plan as SQL.
