import { render } from "preact";
import { App } from "./layout/app.tsx";
import { followTheme } from "./layout/theme.ts";
import "./styles/colours.css";
import "../../../packages/core/report-page/colours.css";
import "../../../packages/core/report-page/dark.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";

followTheme();
const root = document.querySelector("#root");
if (root !== null) render(<App />, root);
