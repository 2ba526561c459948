import { vulkanEnvironment } from "../../vulkan.js";

/** The processes that run the tests start after this, with this environment. */
export default function setup(): void {
  Object.assign(process.env, vulkanEnvironment());
}
