export const title: string = "home";
