/** The registry: one line per entity. */
export { account } from "./account/index.js";
export { customer } from "./customer/index.js";
export { invoice } from "./invoice/index.js";
export { item } from "./item/index.js";
export { payment } from "./payment/index.js";
