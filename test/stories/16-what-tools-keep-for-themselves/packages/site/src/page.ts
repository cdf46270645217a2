// Compiled by the story.

export const title: string = "home";
